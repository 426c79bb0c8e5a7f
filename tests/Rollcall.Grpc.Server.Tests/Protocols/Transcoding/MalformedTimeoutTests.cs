using System.Net;
using Grpc.Core;
using Rollcall.Grpc.Server.Tests.Library;

namespace Rollcall.Grpc.Server.Tests.Protocols.Transcoding;

/// <summary>A malformed <c>grpc-timeout</c> is the caller's fault in HTTP; gRPC has Internal for it.</summary>
public sealed class MalformedTimeoutTests
{
    private const string Method = "/rollcall.test.library.Library/GetBook";

    private static readonly (string Name, string Value) s_timeout = ("grpc-timeout", "x");

    [Theory]
    [InlineData("/v1/books/1")]
    [InlineData("/v1/books")]
    public async Task Route_IsABadRequest(string path)
    {
        await using var library = await LibraryServer.StartAsync();

        using var response = await library.Caller.SendAsync(HttpMethod.Get, path, null, null, s_timeout);

        var text = await response.Content.ReadAsStringAsync().WithinAsync();
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.StartsWith($$"""{"code":{{(int)StatusCode.InvalidArgument}},"message":"The grpc-timeout header is malformed""", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Grpc_IsInternal()
    {
        await using var library = await LibraryServer.StartAsync();

        var binary = await library.Server.Caller.CallAsync(Method, new Book(), s_timeout);
        var web = await library.Caller.CallAsync(Method, new Book(), WebCaller.Binary, s_timeout);

        Assert.Equal("13", binary.GrpcStatus);
        Assert.Equal("13", web.Trailers()["grpc-status"]);
    }
}
