using System.Net;

namespace Rollcall.Grpc.Server.Tests.Protocols.Transcoding;

/// <summary>What a page of another origin may send without asking first must not reach a handler, not even with nothing in it.</summary>
public sealed class ForeignPageTests
{
    private const string Evil = "https://evil.example";

    [Theory]
    [InlineData("1.1", "application/x-www-form-urlencoded", null, null)]
    [InlineData("2.0", "application/x-www-form-urlencoded", null, null)]
    [InlineData("1.1", "text/plain", null, null)]
    [InlineData("2.0", "text/plain", null, null)]
    [InlineData("2.0", "text/plain", null, "same-origin")]
    [InlineData("1.1", "multipart/form-data; boundary=x", Evil, "cross-site")]
    [InlineData("1.1", null, Evil, null)]
    [InlineData("2.0", null, Evil, null)]
    [InlineData("1.1", null, "null", null)]
    [InlineData("1.1", null, null, "cross-site")]
    [InlineData("2.0", null, null, "same-site")]
    public async Task EmptyPostOfAPage_IsRefused(string version, string? type, string? origin, string? site)
    {
        var called = false;
        await using var library = await LibraryServer.StartAsync(version: Version.Parse(version));
        library.Behavior.CreateBook = (request, _) =>
        {
            called = true;
            return Task.FromResult(request);
        };

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, await PostAsync(library.Caller, "/v1/books", type, origin, site));
        Assert.False(called);
    }

    [Theory]
    [InlineData("1.1", null, null, null)]
    [InlineData("2.0", null, null, null)]
    [InlineData("1.1", "application/json", Evil, "cross-site")]
    [InlineData("2.0", "application/json", Evil, "cross-site")]
    [InlineData("1.1", null, "https://own.example", "same-origin")]
    [InlineData("2.0", null, null, "none")]
    public async Task EmptyPostOfNoPageOrOneThatAsked_IsTheEmptyMessage(string version, string? type, string? origin, string? site)
    {
        await using var library = await LibraryServer.StartAsync(version: Version.Parse(version));

        Assert.Equal(HttpStatusCode.OK, await PostAsync(library.Caller, "/v1/books", type, origin, site));
    }

    [Theory]
    [InlineData("1.1", null)]
    [InlineData("2.0", null)]
    [InlineData("1.1", "text/plain")]
    [InlineData("2.0", "application/x-www-form-urlencoded")]
    public async Task EmptyPostOfAPageToAMethodByName_IsRefused(string version, string? type)
    {
        await using var hello = await HelloServer.StartAsync(version: Version.Parse(version));

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, await PostAsync(hello.Caller, HelloServer.SayHello, type, Evil, null));
    }

    private static async Task<HttpStatusCode> PostAsync(WebCaller caller, string path, string? type, string? origin, string? site)
    {
        List<(string Name, string Value)> headers = [];
        if (origin is not null)
        {
            headers.Add(("origin", origin));
        }

        if (site is not null)
        {
            headers.Add(("sec-fetch-site", site));
        }

        using var response = await caller.SendAsync(
            HttpMethod.Post, path, type is null ? null : new ByteArrayContent([]), type, [.. headers]);
        return response.StatusCode;
    }
}
