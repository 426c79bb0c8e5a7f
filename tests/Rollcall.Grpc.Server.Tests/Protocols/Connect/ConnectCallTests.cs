using System.Net;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Rollcall.Grpc.Server.Tests.Hello;

namespace Rollcall.Grpc.Server.Tests.Protocols.Connect;

public sealed class ConnectCallTests
{
    public static TheoryData<string> Versions => ["1.1", "2.0"];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Json_GoesInAndComesBack(string version)
    {
        await using var hello = await HelloServer.StartAsync(version: Version.Parse(version));

        var reply = await HelloServer.ReadAsync(await hello.PostAsync(HelloServer.SayHello, """{"name":"Yu"}"""));

        Assert.Equal("""{ "message": "Hello Yu" }""", reply.GetRawText());
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Proto_GoesInAndComesBack(string version)
    {
        await using var hello = await HelloServer.StartAsync(version: Version.Parse(version));

        using var response = await hello.PostAsync(HelloServer.SayHello, new HelloRequest { Name = "Yu" }.ToByteArray(), HelloServer.Proto);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(HelloServer.Proto, response.Content.Headers.ContentType?.ToString());
        Assert.Equal("Hello Yu", HelloReply.Parser.ParseFrom(await response.Content.ReadAsByteArrayAsync()).Message);
    }

    [Fact]
    public async Task EmptyProto_IsAnEmptyMessage()
    {
        await using var hello = await HelloServer.StartAsync();

        using var response = await hello.PostAsync(HelloServer.Remember, [], HelloServer.Proto);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(0, response.Content.Headers.ContentLength);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("APPLICATION/JSON;charset=\"UTF-8\"")]
    public async Task ContentTypes_MayHaveACharset(string type)
    {
        await using var hello = await HelloServer.StartAsync();

        var reply = await HelloServer.ReadAsync(await hello.PostAsync(HelloServer.SayHello, "{}"u8.ToArray(), type));

        Assert.Equal("Hello ", reply.GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("""{"text":"ä€𝄞","number":"9007199254740993","mood":"MOOD_GOOD","photo":"AQID","tags":["a","b"]}""")]
    [InlineData("""{"anything":{"deep":[1,null,true,"x",{}]},"at":"2026-01-02T03:04:05.006Z","inner":{"inner":{"text":"in"}}}""")]
    [InlineData("""{"detail":{"@type":"type.googleapis.com/hello.HelloRequest","name":"any"}}""")]
    [InlineData("{}")]
    public async Task EveryKindOfField_Survives(string json)
    {
        await using var hello = await HelloServer.StartAsync();

        var reply = await HelloServer.ReadAsync(await hello.PostAsync(HelloServer.Remember, json));

        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(json), reply), reply.GetRawText());
    }

    [Theory]
    [InlineData("""{"number":7,"mood":1}""", """{"number":"7","mood":"MOOD_GOOD"}""")]
    [InlineData("""{"text":"kept","of a later version":{"a":[1,{"b":2}]}}""", """{"text":"kept"}""")]
    [InlineData("""{"text":null}""", "{}")]
    public async Task LenientForms_AreTaken(string json, string expected)
    {
        await using var hello = await HelloServer.StartAsync();

        var reply = await HelloServer.ReadAsync(await hello.PostAsync(HelloServer.Remember, json));

        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(expected), reply), reply.GetRawText());
    }

    [Fact]
    public async Task Metadata_IsHeadersInBothDirections_AndTrailersHaveTheirPrefix()
    {
        await using var hello = await HelloServer.StartAsync();
        hello.Behavior.SayHello = async (request, context) =>
        {
            await context.WriteResponseHeadersAsync(new Metadata { { "leading", "l" }, { "leading-bin", [1, 2] } });
            await Assert.ThrowsAsync<InvalidOperationException>(() => context.WriteResponseHeadersAsync([]));
            context.ResponseTrailers.Add("trailing", "t1");
            context.ResponseTrailers.Add("trailing", "t2");
            context.ResponseTrailers.Add("trailing-bin", [255]);
            var header = context.RequestHeaders;
            return new HelloReply { Message = $"{header.GetValue("custom")} {Convert.ToHexString(header.GetValueBytes("custom-bin")!)}" };
        };

        using var response = await hello.PostAsync(HelloServer.SayHello, "{}", ("custom", "in"), ("custom-bin", "//8="));
        var headers = response.Headers.ToDictionary(header => header.Key, header => string.Join('|', header.Value), StringComparer.OrdinalIgnoreCase);
        var reply = await HelloServer.ReadAsync(response);

        Assert.Equal("in FFFF", reply.GetProperty("message").GetString());
        Assert.Equal(("l", "AQI", "t1|t2", "/w"), (headers["leading"], headers["leading-bin"], headers["trailer-trailing"], headers["trailer-trailing-bin"]));
        Assert.DoesNotContain(headers.Keys, name => name.Contains("grpc", StringComparison.OrdinalIgnoreCase));
        Assert.Empty(response.TrailingHeaders);
    }

    [Fact]
    public async Task GrpcHeadersOfTheCaller_DoNotReachTheCall()
    {
        await using var hello = await HelloServer.StartAsync(options => options.ResponseCompressionAlgorithm = "gzip");
        hello.Behavior.SayHello = (_, context) => Task.FromResult(new HelloReply { Message = $"{context.Deadline == DateTime.MaxValue}" });

        using var response = await hello.PostAsync(
            HelloServer.SayHello, "{}", ("grpc-accept-encoding", "gzip"), ("grpc-encoding", "snappy"), ("grpc-timeout", "x"));

        Assert.Empty(response.Content.Headers.ContentEncoding);
        Assert.Equal("True", (await HelloServer.ReadAsync(response)).GetProperty("message").GetString());
    }

    [Fact]
    public async Task Http11_KeepsItsConnectionAcrossCallsAndErrors()
    {
        await using var hello = await HelloServer.StartAsync(options => options.MaxReceiveMessageSize = 100);
        using var connection = await RawConnection.OpenAsync(hello.Server.Address);
        foreach (var (body, status) in new[] { ("{}", "200"), ("{", "400"), ($"{{\"name\":\"{new string('n', 200)}\"}}", "429"), ("{}", "200") })
        {
            await connection.SendAsync(
                $"POST {HelloServer.SayHello} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

            Assert.StartsWith($"HTTP/1.1 {status}", await connection.ReadResponseAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task GrpcOnTheSamePort_IsServedToo()
    {
        await using var hello = await HelloServer.StartAsync();

        var response = await hello.Server.Caller.CallAsync(HelloServer.SayHello, new HelloRequest { Name = "grpc" });

        Assert.Equal("Hello grpc", Assert.Single(response.Messages(HelloReply.Parser)).Message);
    }
}
