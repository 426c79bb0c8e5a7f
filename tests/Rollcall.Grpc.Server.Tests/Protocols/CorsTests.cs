using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests.Protocols;

public sealed class CorsTests
{
    private const string Origin = "https://shop.example";
    private const string AllowOrigin = "access-control-allow-origin";
    private const string AllowHeaders = "access-control-allow-headers";
    private const string ExposeHeaders = "access-control-expose-headers";

    // A gRPC-Web call, a call with a JSON body and a route of another HTTP method.
    public static TheoryData<string, string> Requests => new()
    {
        { "POST", RawCaller.Unary }, { "POST", "/v1/books" }, { "DELETE", "/v1/books/1" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task NothingSaid_AllowsNothing(string method, string path)
    {
        await using var library = await StartAsync();

        using var preflight = await PreflightAsync(library, method, path);
        using var answer = await CallAsync(library);

        Assert.False(preflight.Headers.Contains(AllowOrigin));
        Assert.False(answer.Headers.Contains(AllowOrigin));
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task PolicyForAll_AnswersThePreflight(string method, string path)
    {
        await using var library = await StartAsync(
            services => services.AddCors(cors => cors.AddDefaultPolicy(Allow)), app => app.UseCors());

        using var preflight = await PreflightAsync(library, method, path);
        using var answer = await CallAsync(library);

        AssertAllowed(preflight);
        Assert.Equal(Origin, Assert.Single(answer.Headers.GetValues(AllowOrigin)));
        Assert.Contains("grpc-status-details-bin", Assert.Single(answer.Headers.GetValues(ExposeHeaders)), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task PolicyOfTheService_AnswersThePreflight(string method, string path)
    {
        await using var library = await StartAsync(
            services => services.AddCors(cors => cors.AddPolicy("shop", Allow)), app => app.UseCors(), mapped => mapped.RequireCors("shop"));

        using var preflight = await PreflightAsync(library, method, path);
        using var answer = await CallAsync(library);

        AssertAllowed(preflight);
        Assert.Equal(Origin, Assert.Single(answer.Headers.GetValues(AllowOrigin)));
    }

    [Fact]
    public async Task AttributeOnTheClass_IsTheServicesPolicy()
    {
        await using var library = await LibraryServer.StartAsync(
            services: services => services.AddCors(cors => cors.AddPolicy("shop", Allow)),
            map: app =>
            {
                ((IApplicationBuilder)app).UseCors();
                app.MapGrpcService<CorsEchoService>();
            });

        using var preflight = await PreflightAsync(library, "POST", RawCaller.Unary);

        AssertAllowed(preflight);
    }

    [Fact]
    public async Task AnotherOrigin_IsAllowedNothing()
    {
        await using var library = await StartAsync(
            services => services.AddCors(cors => cors.AddDefaultPolicy(Allow)), app => app.UseCors());

        using var preflight = await library.Caller.SendAsync(
            HttpMethod.Options,
            RawCaller.Unary,
            null,
            null,
            ("origin", "https://other.example"),
            ("access-control-request-method", "POST"));

        Assert.False(preflight.Headers.Contains(AllowOrigin));
    }

    private static void Allow(CorsPolicyBuilder policy) => policy.WithOrigins(Origin).WithGrpc().WithMethods("DELETE");

    private static Task<LibraryServer> StartAsync(
        Action<IServiceCollection>? services = null,
        Action<IApplicationBuilder>? use = null,
        Action<IEndpointConventionBuilder>? conventions = null) =>
        LibraryServer.StartAsync(
            services: services,
            map: app =>
            {
                use?.Invoke((IApplicationBuilder)app);
                var echo = app.MapGrpcService<EchoService>();
                var library = app.MapGrpcService<LibraryService>();
                conventions?.Invoke(echo);
                conventions?.Invoke(library);
            });

    private static Task<HttpResponseMessage> PreflightAsync(LibraryServer library, string method, string path) => library.Caller.SendAsync(
        HttpMethod.Options,
        path,
        null,
        null,
        ("origin", Origin),
        ("access-control-request-method", method),
        ("access-control-request-headers", "content-type,x-grpc-web,grpc-timeout,connect-protocol-version"));

    private static Task<HttpResponseMessage> CallAsync(LibraryServer library) => library.Caller.SendAsync(
        HttpMethod.Post, RawCaller.Unary, new ByteArrayContent(RawCaller.Frame(new EchoRequest())), WebCaller.Binary, ("origin", Origin));

    private static void AssertAllowed(HttpResponseMessage preflight)
    {
        Assert.Equal(Origin, Assert.Single(preflight.Headers.GetValues(AllowOrigin)));
        Assert.Contains("x-grpc-web", Assert.Single(preflight.Headers.GetValues(AllowHeaders)), StringComparison.Ordinal);
    }
}
