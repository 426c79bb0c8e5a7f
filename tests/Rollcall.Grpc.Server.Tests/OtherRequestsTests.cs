using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>What an application beside its gRPC services answers is as it would be without them.</summary>
public sealed class OtherRequestsTests
{
    private const string Json = "application/json";
    private const string Unknown = "/rollcall.test.Nobody/Unary";

    [Theory]
    [InlineData("/top.css")]
    [InlineData("/css/site.css")]
    public async Task StaticFile_IsServed(string path)
    {
        var folder = Directory.CreateTempSubdirectory("rollcall-");
        try
        {
            var file = Path.Combine(folder.FullName, path.TrimStart('/'));
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, "body {}");
            using var files = new PhysicalFileProvider(folder.FullName);
            await using var server = await StartAsync(
                app => ((IApplicationBuilder)app).UseStaticFiles(new StaticFileOptions { FileProvider = files }));
            using var caller = new WebCaller(server.Address);

            using var response = await caller.SendAsync(HttpMethod.Get, path, null, null);

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("body {}", await response.Content.ReadAsStringAsync().WithinAsync());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("GET", "/a/b", null)]
    [InlineData("PUT", "/a/b", Json)]
    [InlineData("POST", "/a/b", Json)]
    [InlineData("OPTIONS", "/a/b", null)]
    [InlineData("GET", "/a/b/c", null)]
    [InlineData("GET", Unknown, null)]
    [InlineData("GET", Unknown, "application/grpc")]
    public async Task PathThatNobodyHas_Is404(string method, string path, string? contentType)
    {
        await using var server = await StartAsync();
        using var caller = new WebCaller(server.Address);

        using var response = await caller.SendAsync(new HttpMethod(method), path, new ByteArrayContent([]), contentType);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Empty(response.Content.Headers.Allow);
    }

    [Theory]
    [InlineData("PUT", Json)]
    [InlineData("POST", Json)]
    public async Task OwnRouteByAnotherMethod_Is405_WithItsOwn(string method, string contentType)
    {
        await using var server = await StartAsync(app => app.MapGet("/api/items", () => "own"));
        using var caller = new WebCaller(server.Address);

        using var response = await caller.SendAsync(new HttpMethod(method), "/api/items", new ByteArrayContent([]), contentType);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["GET"], response.Content.Headers.Allow);
    }

    [Theory]
    [InlineData("/api/items")]
    [InlineData("/api/other")]
    public async Task GrpcOnAPathOfTwoSegmentsThatNoMethodHas_IsUnimplemented(string path)
    {
        await using var server = await StartAsync(app => app.MapGet("/api/items", () => "own"));
        using var caller = new WebCaller(server.Address);

        var grpc = await server.Caller.CallAsync(path, new EchoRequest());
        var web = await caller.CallAsync(path, new EchoRequest());

        Assert.Equal("12", grpc.GrpcStatus);
        Assert.Equal("12", web.Trailers()["grpc-status"]);
    }

    // A fallback of two segments fits what the answer to unknown methods fits.
    [Fact]
    public async Task OwnFallbackOfTwoSegments_IsForAllThatIsNotGrpc()
    {
        await using var server = await StartAsync(app => app.MapFallback("{a}/{b}", () => "own"));
        using var caller = new WebCaller(server.Address);

        var grpc = await server.Caller.CallAsync(Unknown, new EchoRequest());
        var web = await caller.CallAsync(Unknown, new EchoRequest());
        using var post = await caller.SendAsync(HttpMethod.Post, Unknown, new ByteArrayContent([]), Json);
        using var get = await caller.SendAsync(HttpMethod.Get, "/a/b", null, null);

        Assert.Equal("12", grpc.GrpcStatus);
        Assert.Equal("12", web.Trailers()["grpc-status"]);
        Assert.Equal("own", await post.Content.ReadAsStringAsync().WithinAsync());
        Assert.Equal("own", await get.Content.ReadAsStringAsync().WithinAsync());
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    public async Task PathOfAMethodByAnotherHttpMethod_Is405(string method)
    {
        await using var server = await StartAsync();
        using var caller = new WebCaller(server.Address);

        using var response = await caller.SendAsync(new HttpMethod(method), RawCaller.Unary, new ByteArrayContent([]), null);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["POST"], response.Content.Headers.Allow);
    }

    // The hosts of a method are its own: for another host nobody has it.
    [Fact]
    public async Task MethodOfAnotherHost_IsUnimplemented()
    {
        await using var server = await StartAsync(map: null, host: "shop.example");

        var other = await server.Caller.CallAsync(RawCaller.Unary, new EchoRequest());
        var own = await server.Caller.CallAsync(RawCaller.Unary, new EchoRequest(), ("host", "shop.example"));

        Assert.Equal("12", other.GrpcStatus);
        Assert.Equal("0", own.GrpcStatus);
    }

    [Theory]
    [InlineData(RawCaller.Unary)]
    [InlineData(Unknown)]
    public async Task Preflight_IsAnsweredByThePolicyForAll(string path)
    {
        await using var server = await GrpcTestServer.StartAsync(
            services: services => services.AddCors(cors => cors.AddDefaultPolicy(policy => policy.WithOrigins("https://shop.example").WithGrpc())),
            map: app =>
            {
                ((IApplicationBuilder)app).UseCors();
                app.MapGrpcService<EchoService>();
            },
            protocols: HttpProtocols.Http1AndHttp2);
        using var caller = new WebCaller(server.Address);

        using var response = await caller.SendAsync(
            HttpMethod.Options, path, null, null, ("origin", "https://shop.example"), ("access-control-request-method", "POST"));

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal("https://shop.example", Assert.Single(response.Headers.GetValues("access-control-allow-origin")));
    }

    private static Task<GrpcTestServer> StartAsync(Action<IEndpointRouteBuilder>? map = null, string? host = null) => GrpcTestServer.StartAsync(
        map: app =>
        {
            map?.Invoke(app);
            var service = app.MapGrpcService<EchoService>();
            if (host is not null)
            {
                service.RequireHost(host);
            }
        },
        protocols: HttpProtocols.Http1AndHttp2);
}
