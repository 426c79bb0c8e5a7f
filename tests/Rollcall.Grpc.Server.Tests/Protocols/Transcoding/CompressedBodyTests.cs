using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.Grpc.Server.Tests.Bodies;

namespace Rollcall.Grpc.Server.Tests.Protocols.Transcoding;

public sealed class CompressedBodyTests
{
    private static readonly byte[] s_json = """{"name":"zip","title":"t"}"""u8.ToArray();

    [Theory]
    [InlineData("gzip")]
    [InlineData("GZIP")]
    [InlineData("x-gzip")]
    [InlineData("X-GZip")]
    [InlineData("deflate")]
    [InlineData("identity")]
    public async Task Body_IsReadInTheCompressionsOfCalls(string coding)
    {
        await using var library = await LibraryServer.StartAsync();

        using var whole = await SendAsync(library, "POST", "/v1/books", Compress(coding, s_json), coding);
        using var field = await SendAsync(library, "PATCH", "/v1/shelves/1/books/2", Compress(coding, s_json), coding);
        using var empty = await SendAsync(library, "POST", "/v1/books", [], coding);

        Assert.Equal("zip", JsonElement.Parse(await ReadAsync(whole, HttpStatusCode.OK)).GetProperty("name").GetString());
        Assert.Equal("t", JsonElement.Parse(await ReadAsync(field, HttpStatusCode.OK)).GetProperty("book").GetProperty("title").GetString());
        await ReadAsync(empty, HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip, gzip")]
    [InlineData("")]
    public async Task OtherCodings_Are415_WithTheOnesItTakes(string coding)
    {
        await using var library = await LibraryServer.StartAsync();

        using var response = await SendAsync(library, "POST", "/v1/books", s_json, coding);

        var text = await ReadAsync(response, coding.Length == 0 ? HttpStatusCode.OK : HttpStatusCode.UnsupportedMediaType);
        if (coding.Length > 0)
        {
            Assert.Contains("identity,gzip,deflate", text, StringComparison.Ordinal);
            Assert.Equal("identity,gzip,deflate", Assert.Single(response.Headers.GetValues("accept-encoding")));
        }
    }

    [Fact]
    public async Task BytesThatAreNoGzip_AreInvalid()
    {
        await using var library = await LibraryServer.StartAsync();
        foreach (var body in new[] { s_json, Compress("gzip", s_json)[..^3] })
        {
            using var response = await SendAsync(library, "POST", "/v1/books", body, "gzip");

            Assert.Contains("can't be decompressed as gzip", await ReadAsync(response, HttpStatusCode.BadRequest), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Limit_HoldsForWhatIsDecompressed()
    {
        await using var library = await LibraryServer.StartAsync(options => options.MaxReceiveMessageSize = 1000);
        var body = Compress("gzip", Encoding.UTF8.GetBytes($$"""{"name":"{{new string('x', 50_000)}}"}"""));
        Assert.InRange(body.Length, 1, 999);

        using var response = await SendAsync(library, "POST", "/v1/books", body, "gzip");

        await ReadAsync(response, HttpStatusCode.TooManyRequests);
    }

    // A handler that gets bytes as they are has their coding in the metadata.
    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task RawBody_StaysAsItIs(string coding)
    {
        await using var library = await LibraryServer.StartAsync(
            services: services => services.AddSingleton(new FilesBehavior()), map: app => app.MapGrpcService<FilesService>());

        using var response = await SendAsync(library, "POST", "/v1/echo", s_json, coding);

        Assert.Equal(Encoding.UTF8.GetString(s_json), await ReadAsync(response, HttpStatusCode.OK));
    }

    // A route that reads no body does not mind either.
    [Fact]
    public async Task RouteWithoutABody_ReadsNone()
    {
        await using var library = await LibraryServer.StartAsync();

        using var response = await SendAsync(library, "GET", "/v1/books/1", s_json, "br");

        await ReadAsync(response, HttpStatusCode.OK);
    }

    private static Task<HttpResponseMessage> SendAsync(LibraryServer library, string method, string path, byte[] body, string coding)
    {
        var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("content-encoding", coding);
        return library.Caller.SendAsync(new HttpMethod(method), path, content, "application/json");
    }

    private static async Task<string> ReadAsync(HttpResponseMessage response, HttpStatusCode expected)
    {
        var text = await response.Content.ReadAsStringAsync().WithinAsync();
        Assert.True(expected == response.StatusCode, $"{(int)response.StatusCode}: {text}");
        return text;
    }

    private static byte[] Compress(string coding, byte[] bytes)
    {
        var output = new MemoryStream();
        switch (coding.ToUpperInvariant())
        {
            case "GZIP" or "X-GZIP":
                using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
                {
                    gzip.Write(bytes);
                }

                return output.ToArray();
            case "DEFLATE":
                using (var zlib = new ZLibStream(output, CompressionLevel.Fastest))
                {
                    zlib.Write(bytes);
                }

                return output.ToArray();
            default:
                return bytes;
        }
    }
}
