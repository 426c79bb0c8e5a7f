using System.Buffers;
using System.Net;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.Grpc.Server.Protocols;
using Rollcall.Grpc.Server.Tests.Bodies;

namespace Rollcall.Grpc.Server.Tests.Protocols.Transcoding;

public sealed class RawBodyTests
{
    private static readonly byte[] s_bytes = [0, 0xff, .. " {\n"u8];

    [Theory]
    [InlineData("POST", "/v1/echo", "image/png", "image/png")]
    [InlineData("POST", "/v1/echo", "text/plain; charset=latin1", "text/plain; charset=latin1")]
    [InlineData("POST", "/v1/echo", null, "application/octet-stream")]
    [InlineData("PUT", "/v1/files/7?keep=true", "image/png", "image/png")]
    public async Task Bytes_PassAsTheyAreWithTheirType(string method, string path, string? type, string expected)
    {
        await using var library = await StartAsync();

        using var response = await library.Caller.SendAsync(new HttpMethod(method), path, new ByteArrayContent(s_bytes), type);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(expected, response.Content.Headers.NonValidated["content-type"].ToString());
        Assert.Equal(s_bytes.Length, response.Content.Headers.ContentLength);
        Assert.Equal(s_bytes, await response.Content.ReadAsByteArrayAsync().WithinAsync());
    }

    [Fact]
    public async Task BytesOfOneField_GoWithPathAndQuery()
    {
        await using var library = await StartAsync();

        using var response = await library.Caller.SendAsync(
            HttpMethod.Put, "/v1/described/7?keep=true&content.content_type=no", new ByteArrayContent(s_bytes), "image/png");

        // The whole message is JSON, as everywhere.
        var file = JsonElement.Parse(await response.Content.ReadAsStringAsync().WithinAsync());
        Assert.Equal("7", file.GetProperty("name").GetString());
        Assert.True(file.GetProperty("keep").GetBoolean());
        Assert.Equal("image/png", file.GetProperty("content").GetProperty("contentType").GetString());
        Assert.Equal(s_bytes, file.GetProperty("content").GetProperty("data").GetBytesFromBase64());
    }

    [Theory]
    [InlineData("""{ "content": { "contentType": "text/x", "data": "aGk=" } }""", "text/x", "hi")]
    [InlineData("{}", "application/octet-stream", "")]
    public async Task AnswerOfABodyThatIsJson_IsRawToo(string json, string type, string text)
    {
        await using var library = await StartAsync();

        using var response = await library.SendAsync("PUT", "/v1/json/7", json);

        Assert.Equal(type, response.Content.Headers.ContentType?.ToString());
        Assert.Equal(text, await response.Content.ReadAsStringAsync().WithinAsync());
    }

    [Fact]
    public async Task NoBody_IsEmptyBytes()
    {
        await using var library = await StartAsync();

        using var response = await library.Caller.SendAsync(HttpMethod.Post, "/v1/echo", null, null);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync().WithinAsync());
    }

    [Fact]
    public async Task TypeThatHttpCantCarry_IsInternal()
    {
        await using var library = await StartAsync();

        var error = await library.CallAsync(
            "PUT", "/v1/json/7", """{ "content": { "contentType": "a\r\nb" } }""", HttpStatusCode.InternalServerError);

        Assert.Contains("content type", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(WriteFlags.BufferHint)]
    [InlineData((WriteFlags)0)]
    public async Task StreamOfBodies_IsOneBodyOfTheFirstType(WriteFlags flags)
    {
        await using var library = await StartAsync(async responses =>
        {
            responses.WriteOptions = new WriteOptions(flags);
            await responses.WriteAsync(new HttpBody { ContentType = "video/x", Data = ByteString.CopyFrom(s_bytes) });
            await responses.WriteAsync(new HttpBody { ContentType = "ignored/y", Data = ByteString.CopyFrom(s_bytes) });
        });

        using var response = await library.SendAsync("GET", "/v1/files/7");

        Assert.Equal("video/x", response.Content.Headers.ContentType?.ToString());
        byte[] both = [.. s_bytes, .. s_bytes];
        Assert.Equal(both, await response.Content.ReadAsByteArrayAsync().WithinAsync());
    }

    [Fact]
    public async Task StreamThatFailsAtOnce_IsAnErrorAnswer()
    {
        await using var library = await StartAsync(_ => throw new RpcException(new Status(StatusCode.NotFound, "no")));

        var error = await library.CallAsync("GET", "/v1/files/7", body: null, HttpStatusCode.NotFound);

        Assert.Equal("no", error.GetProperty("message").GetString());
    }

    [Fact]
    public async Task StreamThatFailsLater_HasNoEnd()
    {
        await using var library = await StartAsync(async responses =>
        {
            await responses.WriteAsync(new HttpBody { Data = ByteString.CopyFromUtf8("part") });
            throw new RpcException(new Status(StatusCode.Aborted, "enough"));
        });

        await Assert.ThrowsAnyAsync<HttpRequestException>(async () =>
        {
            using var response = await library.SendAsync("GET", "/v1/files/7");
            await response.Content.ReadAsByteArrayAsync().WithinAsync();
        });
    }

    [Fact]
    public async Task BodyAboveTheLimit_IsRefused()
    {
        await using var library = await StartAsync(options: options => options.MaxReceiveMessageSize = 4);

        using var response = await library.Caller.SendAsync(HttpMethod.Post, "/v1/echo", new ByteArrayContent(s_bytes), "image/png");

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
    }

    [Fact]
    public void ClassOfGooglesPackage_IsKnownToo()
    {
        var type = Google.Api.HttpBody.Descriptor;

        Assert.True(RawBody.Is(type, field: null));
        var message = RawBody.CreateMessage(type, field: null, "a/b", new ReadOnlySequence<byte>(s_bytes));

        Assert.Equal(new Google.Api.HttpBody { ContentType = "a/b", Data = ByteString.CopyFrom(s_bytes) }, message);
        Assert.Equal(new RawBody("a/b", ByteString.CopyFrom(s_bytes)), RawBody.Read(message, field: null));
        Assert.False(RawBody.Is(Bodies.File.Descriptor, field: null));
        Assert.False(RawBody.Is(Bodies.File.Descriptor, Bodies.File.Descriptor.FindFieldByName("name")));
        Assert.True(RawBody.Is(Bodies.File.Descriptor, Bodies.File.Descriptor.FindFieldByName("content")));
    }

    private static Task<LibraryServer> StartAsync(
        Func<IServerStreamWriter<HttpBody>, Task>? read = null, Action<GrpcServiceOptions>? options = null)
    {
        var behavior = new FilesBehavior();
        behavior.Read = read ?? behavior.Read;
        return LibraryServer.StartAsync(options, services => services.AddSingleton(behavior), app => app.MapGrpcService<FilesService>());
    }
}
