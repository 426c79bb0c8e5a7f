using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

public sealed class RequestCheckTests
{
    private static readonly EchoRequest s_request = new() { Text = "r" };

    [Theory]
    [InlineData("/rollcall.test.Nobody/Unary", "'rollcall.test.Nobody' is not served")]
    [InlineData("/rollcall.test.Echo/Nothing", "'rollcall.test.Echo' has no method 'Nothing'")]
    public async Task UnknownServiceOrMethod_IsStatus12Over200(string path, string message)
    {
        await using var server = await GrpcTestServer.StartAsync();

        var response = await server.Caller.CallAsync(path, s_request);

        Assert.Equal(HttpStatusCode.OK, response.HttpStatus);
        Assert.Equal("application/grpc", response.Headers["content-type"]);
        Assert.True(response.IsTrailersOnly);
        Assert.Equal("12", response.GrpcStatus);
        Assert.Contains(message, response.GrpcMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MethodThatTheClassDoesNotOverride_IsStatus12()
    {
        await using var server = await GrpcTestServer.StartAsync(map: app => app.MapGrpcService<EmptyEchoService>());

        var response = await server.Caller.CallAsync(RawCaller.Unary, s_request);

        Assert.Equal("12", response.GrpcStatus);
    }

    [Fact]
    public async Task UnknownPathThatIsNoGrpc_Stays404()
    {
        await using var server = await GrpcTestServer.StartAsync();

        var response = await server.Caller.CallAsync("/a/b", s_request, ("content-type", "application/json"));

        Assert.Equal(HttpStatusCode.NotFound, response.HttpStatus);
    }

    [Fact]
    public async Task OwnEndpointOfTwoSegments_GoesBeforeTheAnswerToUnknownMethods()
    {
        await using var server = await GrpcTestServer.StartAsync(map: app =>
        {
            app.MapGrpcService<EchoService>();
            app.MapPost("{a}/{b}", async (HttpContext context) => await context.Response.WriteAsync("own"));
        });

        var response = await server.Caller.CallAsync("/a/b", s_request);

        Assert.Equal("own"u8.ToArray(), response.Body);
    }

    [Theory]
    [InlineData("application/grpc+proto", HttpStatusCode.OK)]
    [InlineData("application/grpc+json", HttpStatusCode.OK)]
    [InlineData("application/grpc+other", HttpStatusCode.OK)]
    [InlineData("Application/gRPC+proto; v=1", HttpStatusCode.OK)]
    [InlineData("application/grpc; charset=utf-8", HttpStatusCode.OK)]
    [InlineData("application/grpcx", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/grp", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("text/plain", HttpStatusCode.UnsupportedMediaType)]
    public async Task ContentTypes_AreTakenOrRefusedWith415(string contentType, HttpStatusCode expected)
    {
        await using var server = await GrpcTestServer.StartAsync();

        var response = await server.Caller.CallAsync(RawCaller.Unary, RawCaller.Frame(s_request), ("content-type", contentType));

        Assert.Equal(expected, response.HttpStatus);
        Assert.Equal(expected == HttpStatusCode.OK ? "0" : null, response.GrpcStatus);
    }

    [Fact]
    public async Task Http11_IsRefusedWith426AndAReason()
    {
        await using var server = await GrpcTestServer.StartAsync(protocols: HttpProtocols.Http1);
        using var http = new HttpClient();
        using var content = new ByteArrayContent(RawCaller.Frame(s_request));
        content.Headers.TryAddWithoutValidation("content-type", "application/grpc");

        using var response = await http.PostAsync(new Uri(server.Address, RawCaller.Unary), content).WithinAsync();

        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
        var advice = await response.Content.ReadAsStringAsync();
        Assert.Contains("HTTP/2", advice, StringComparison.Ordinal);
        Assert.Equal("13", Assert.Single(response.Headers.GetValues("grpc-status")));
        Assert.Equal(advice, GrpcStatusMessage.Decode(Assert.Single(response.Headers.GetValues("grpc-message"))));
    }
}
