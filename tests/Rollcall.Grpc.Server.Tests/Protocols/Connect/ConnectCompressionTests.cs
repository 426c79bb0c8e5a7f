using System.IO.Compression;
using System.Net;
using System.Text;
using Google.Protobuf;
using Rollcall.Grpc.Server.Tests.Hello;

namespace Rollcall.Grpc.Server.Tests.Protocols.Connect;

public sealed class ConnectCompressionTests
{
    [Theory]
    [InlineData("gzip")]
    [InlineData("x-gzip")]
    [InlineData("X-GZip")]
    public async Task GzipRequests_AreRead(string coding)
    {
        await using var hello = await HelloServer.StartAsync();

        var reply = await HelloServer.ReadAsync(await hello.PostAsync(
            HelloServer.SayHello, Gzip("""{"name":"zip"}"""), HelloServer.Json, ("content-encoding", coding)));
        using var proto = await hello.PostAsync(
            HelloServer.SayHello, Gzip(new HelloRequest { Name = "proto" }.ToByteArray()), HelloServer.Proto, ("content-encoding", "GZIP"));

        Assert.Equal("Hello zip", reply.GetProperty("message").GetString());
        Assert.Equal("Hello proto", HelloReply.Parser.ParseFrom(await proto.Content.ReadAsByteArrayAsync()).Message);
    }

    [Theory]
    [InlineData("gzip", true)]
    [InlineData("br, gzip;q=0.5", true)]
    [InlineData("gzip;q=0", false)]
    [InlineData("br", false)]
    [InlineData("identity", false)]
    public async Task Responses_AreGzipForThoseWhoAcceptIt(string accepted, bool expected)
    {
        await using var hello = await HelloServer.StartAsync(options => options.ResponseCompressionAlgorithm = "gzip");

        using var response = await hello.PostAsync(HelloServer.SayHello, """{"name":"zip"}""", ("accept-encoding", accepted));
        using var error = await hello.PostAsync(HelloServer.SayHello, "{", ("accept-encoding", accepted));
        using var empty = await hello.PostAsync(HelloServer.Remember, [], HelloServer.Proto, ("accept-encoding", accepted));

        Assert.Equal(expected ? ["gzip"] : [], response.Content.Headers.ContentEncoding);
        Assert.Equal(expected ? ["gzip"] : [], error.Content.Headers.ContentEncoding);
        Assert.Empty(empty.Content.Headers.ContentEncoding);
        var body = await response.Content.ReadAsByteArrayAsync();
        Assert.Contains("Hello zip", expected ? Gunzip(body) : Encoding.UTF8.GetString(body), StringComparison.Ordinal);
        Assert.Equal(["Accept-Encoding"], response.Headers.Vary);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("x-gzip")]
    public async Task CallerThatSaysNothing_GetsWhatItSent(string coding)
    {
        await using var hello = await HelloServer.StartAsync(options => options.ResponseCompressionAlgorithm = "gzip");

        using var response = await hello.PostAsync(HelloServer.SayHello, Gzip("{}"), HelloServer.Json, ("content-encoding", coding));

        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
    }

    [Fact]
    public async Task WithoutTheOption_ResponsesArePlain()
    {
        await using var hello = await HelloServer.StartAsync();

        using var response = await hello.PostAsync(HelloServer.SayHello, "{}", ("accept-encoding", "gzip"));

        Assert.Empty(response.Content.Headers.ContentEncoding);
        Assert.Empty(response.Headers.Vary);
    }

    [Fact]
    public async Task UnknownCompression_IsUnimplemented_AndNamesTheKnownOnes()
    {
        await using var hello = await HelloServer.StartAsync();

        var message = await HelloServer.ReadErrorAsync(
            await hello.PostAsync(HelloServer.SayHello, "{}", ("content-encoding", "br")), HttpStatusCode.NotImplemented, "unimplemented");

        Assert.Contains("'br'", message, StringComparison.Ordinal);
        Assert.Contains("gzip", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GzipThatIsNone_OrCutShort_IsInvalid()
    {
        await using var hello = await HelloServer.StartAsync();
        foreach (var body in new[] { "{}"u8.ToArray(), Gzip("{}")[..^3], new byte[40] })
        {
            await HelloServer.ReadErrorAsync(
                await hello.PostAsync(HelloServer.SayHello, body, HelloServer.Json, ("content-encoding", "gzip")),
                HttpStatusCode.BadRequest,
                "invalid_argument");
        }
    }

    [Fact]
    public async Task Bomb_IsRefusedByItsDecompressedSize()
    {
        await using var hello = await HelloServer.StartAsync();
        var bomb = Gzip(new byte[64 * 1024 * 1024]);

        await HelloServer.ReadErrorAsync(
            await hello.PostAsync(HelloServer.SayHello, bomb, HelloServer.Proto, ("content-encoding", "gzip")),
            HttpStatusCode.TooManyRequests,
            "resource_exhausted");
    }

    internal static byte[] Gzip(string text) => Gzip(Encoding.UTF8.GetBytes(text));

    internal static string Gunzip(byte[] bytes)
    {
        using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var reader = new StreamReader(gzip);
        return reader.ReadToEnd();
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return output.ToArray();
    }
}
