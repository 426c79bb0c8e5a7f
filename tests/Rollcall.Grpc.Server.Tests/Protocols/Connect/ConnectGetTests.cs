using System.Net;
using System.Text;
using Google.Protobuf;
using Rollcall.Grpc.Server.Tests.Hello;

namespace Rollcall.Grpc.Server.Tests.Protocols.Connect;

public sealed class ConnectGetTests
{
    private static readonly string s_json = Uri.EscapeDataString("""{"name":"Yu ä+"}""");

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Json_IsTheQuery(string version)
    {
        await using var hello = await HelloServer.StartAsync(version: Version.Parse(version));

        var reply = await HelloServer.ReadAsync(await hello.GetAsync($"?connect=v1&encoding=json&message={s_json}"));

        Assert.Equal("Hello Yu ä+", reply.GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("%3D")]
    public async Task Proto_IsBase64ForUrls_WithPaddingOrWithout(string padding)
    {
        await using var hello = await HelloServer.StartAsync();
        var message = Convert.ToBase64String(new HelloRequest { Name = "Yu??>x" }.ToByteArray()).Replace('+', '-').Replace('/', '_').TrimEnd('=');
        Assert.Equal(3, message.Length % 4);

        using var response = await hello.GetAsync($"?message={message}{padding}&base64=1&encoding=proto&unknown=x");

        Assert.Equal(HelloServer.Proto, response.Content.Headers.ContentType?.ToString());
        Assert.Equal("Hello Yu??>x", HelloReply.Parser.ParseFrom(await response.Content.ReadAsByteArrayAsync()).Message);
    }

    // Escapes stand for bytes, and these are no text: 200 as a varint.
    [Fact]
    public async Task ProtoWithoutBase64_IsTheBytesOfTheEscapes()
    {
        await using var hello = await HelloServer.StartAsync();
        var name = "a b+%ä" + new string('n', 193);

        using var response = await hello.GetAsync($"?encoding=proto&Message=%0A%C8%01{Uri.EscapeDataString(name).Replace("%20", "+", StringComparison.Ordinal)}");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal($"Hello {name}", HelloReply.Parser.ParseFrom(await response.Content.ReadAsByteArrayAsync()).Message);
    }

    [Fact]
    public async Task GzipWithoutBase64_IsTheBytesOfTheEscapes()
    {
        await using var hello = await HelloServer.StartAsync();
        var message = string.Concat(ConnectCompressionTests.Gzip("""{"name":"zip"}""").Select(octet => $"%{octet:X2}"));

        var reply = await HelloServer.ReadAsync(await hello.GetAsync($"?encoding=json&compression=gzip&message={message}"));

        Assert.Equal("Hello zip", reply.GetProperty("message").GetString());
    }

    [Fact]
    public async Task Gzip_IsNamedInTheQuery_AndAcceptedByThatWhenTheOptionIsOn()
    {
        await using var hello = await HelloServer.StartAsync(options => options.ResponseCompressionAlgorithm = "gzip");
        var message = Convert.ToBase64String(ConnectCompressionTests.Gzip("""{"name":"zip"}""")).Replace('+', '-').Replace('/', '_').TrimEnd('=');

        using var response = await hello.GetAsync($"?encoding=json&base64=1&compression=gzip&message={message}");

        Assert.Equal("gzip", Assert.Single(response.Content.Headers.ContentEncoding));
        Assert.Contains("Accept-Encoding", response.Headers.Vary);
        Assert.Contains("Hello zip", ConnectCompressionTests.Gunzip(await response.Content.ReadAsByteArrayAsync()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "?encoding=json&message=")]
    [InlineData("?encoding=json", "?encoding=json&message=")]
    [InlineData("?encoding=json&message=%7B%7D&message=%7B%7D", "(once)")]
    [InlineData("?encoding=json&message=%7B", "no JSON: line 1")]
    [InlineData("?encoding=json&message=", "no JSON")]
    [InlineData("?encoding=json&message=%7B%22name%22:%22%FF%22%7D", "UTF-8")]
    [InlineData("?encoding=json&base64=1&message=%21%21%21", "base64")]
    [InlineData("?encoding=json&base64=1&message=e30&connect=v2", "'v2'")]
    [InlineData("?encoding=json&base64=1&message=e30&compression=gzip", "gzip")]
    public async Task WrongQuery_SaysWhatItTakes(string query, string expected)
    {
        await using var hello = await HelloServer.StartAsync();

        var message = await HelloServer.ReadErrorAsync(await hello.GetAsync(query), HttpStatusCode.BadRequest, "invalid_argument");

        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Base64OtherThanOne_IsText()
    {
        await using var hello = await HelloServer.StartAsync();

        Assert.Equal(
            "Hello Yu ä+",
            (await HelloServer.ReadAsync(await hello.GetAsync($"?encoding=json&base64=0&message={s_json}"))).GetProperty("message").GetString());
    }

    [Fact]
    public async Task UnknownCompression_IsUnimplemented_AndNamesTheKnownOnes()
    {
        await using var hello = await HelloServer.StartAsync();

        var message = await HelloServer.ReadErrorAsync(
            await hello.GetAsync("?encoding=json&message=%7B%7D&compression=br"), HttpStatusCode.NotImplemented, "unimplemented");

        Assert.Contains("gzip", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownEncoding_Is415()
    {
        await using var hello = await HelloServer.StartAsync();

        using var response = await hello.GetAsync("?encoding=xml&message=%3Ca%2F%3E");

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Contains("encoding=json", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MethodWithSideEffects_AnswersOnlyPost()
    {
        await using var hello = await HelloServer.StartAsync();

        using var response = await hello.Caller.SendAsync(HttpMethod.Get, $"{HelloServer.Remember}?encoding=json&message=%7B%7D", null, null);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["POST"], response.Content.Headers.Allow);
    }

    [Fact]
    public async Task MessageAboveTheLimit_IsRefused()
    {
        await using var hello = await HelloServer.StartAsync(options => options.MaxReceiveMessageSize = 20);
        var message = Uri.EscapeDataString($"{{\"name\":\"{new string('n', 20)}\"}}");

        await HelloServer.ReadErrorAsync(
            await hello.GetAsync($"?encoding=json&message={message}"), HttpStatusCode.TooManyRequests, "resource_exhausted");
    }

    [Fact]
    public async Task BytesThatAreNoUtf8_AreRefused()
    {
        await using var hello = await HelloServer.StartAsync();
        var message = Convert.ToBase64String([.. "{\"name\":\""u8, 0xff, .. "\"}"u8]).Replace('+', '-').Replace('/', '_').TrimEnd('=');

        var error = await HelloServer.ReadErrorAsync(
            await hello.GetAsync($"?encoding=json&base64=1&message={message}"), HttpStatusCode.BadRequest, "invalid_argument");

        Assert.Contains("UTF-8", error, StringComparison.Ordinal);
        Assert.Equal(8, Encoding.UTF8.GetByteCount("{\"name\":"));
        Assert.Contains("byte 9", error, StringComparison.Ordinal);
    }
}
