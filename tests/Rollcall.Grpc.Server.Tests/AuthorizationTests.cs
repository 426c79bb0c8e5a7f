using System.Net;
using Grpc.Core;
using Grpc.Core.Utils;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

public sealed class AuthorizationTests : IAsyncLifetime
{
    private static readonly EchoRequest s_request = new() { Text = "e", Count = 2 };

    private GrpcTestServer _server = null!;
    private GrpcChannel _channel = null!;
    private Echo.EchoClient _client = null!;

    public async Task InitializeAsync()
    {
        _server = await StartAsync(app => app.MapGrpcService<GuardedEchoService>());
        _channel = GrpcChannel.ForAddress(_server.Address);
        _client = new Echo.EchoClient(_channel);
    }

    public async Task DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task WithoutAToken_EveryKindIsUnauthenticated()
    {
        using var serverStream = _client.ServerStream(s_request);
        using var duplex = _client.Duplex();

        await AssertFailsAsync(StatusCode.Unauthenticated, () => _client.UnaryAsync(s_request).ResponseAsync);
        await AssertFailsAsync(StatusCode.Unauthenticated, () => serverStream.ResponseStream.ToListAsync());
        await AssertFailsAsync(StatusCode.Unauthenticated, () => duplex.ResponseStream.ToListAsync());
        Assert.Equal(HttpStatusCode.Unauthorized, (await _server.Caller.CallAsync(RawCaller.Unary, s_request)).HttpStatus);
    }

    [Fact]
    public async Task KnownCaller_IsServedAndIsTheUser()
    {
        string? user = null;
        _server.Behavior.Unary = (request, context) =>
        {
            user = context.GetHttpContext().User.Identity?.Name;
            return Task.FromResult(EchoBehavior.Reply(request));
        };

        await _client.UnaryAsync(s_request, Token("ann")).ResponseAsync.WithinAsync();

        Assert.Equal("ann", user);
    }

    [Fact]
    public async Task Role_IsDemandedByTheMethod()
    {
        using var refused = _client.ServerStream(s_request, Token("ann"));
        using var served = _client.ServerStream(s_request, Token("ann admin"));

        await AssertFailsAsync(StatusCode.PermissionDenied, () => refused.ResponseStream.ToListAsync());
        Assert.Equal(2, (await served.ResponseStream.ToListAsync().WithinAsync()).Count);
        var raw = await _server.Caller.CallAsync(RawCaller.ServerStream, s_request, ("authorization", "Bearer ann"));
        Assert.Equal(HttpStatusCode.Forbidden, raw.HttpStatus);
    }

    [Fact]
    public async Task Policy_IsDemandedByTheMethod()
    {
        using var refused = _client.Duplex(Token("odd"));
        using var served = _client.Duplex(Token("even"));
        await served.RequestStream.WriteAllAsync([s_request]).WithinAsync();

        await AssertFailsAsync(StatusCode.PermissionDenied, () => refused.ResponseStream.ToListAsync());
        Assert.Single(await served.ResponseStream.ToListAsync().WithinAsync());
    }

    [Fact]
    public async Task AllowAnonymous_LetsEverybodyCallTheMethod()
    {
        using var call = _client.ClientStream();
        await call.RequestStream.WriteAllAsync([s_request, s_request]).WithinAsync();

        Assert.Equal("e,e", (await call.ResponseAsync.WithinAsync()).Text);
    }

    [Fact]
    public async Task RequireAuthorization_HoldsForAllMethodsOfAService()
    {
        await using var server = await StartAsync(app => app.MapGrpcService<EchoService>().RequireAuthorization(GuardedEchoService.Policy));
        await using var channel = GrpcChannel.ForAddress(server.Address);
        var client = new Echo.EchoClient(channel);

        await AssertFailsAsync(StatusCode.Unauthenticated, () => client.UnaryAsync(s_request).ResponseAsync);
        await AssertFailsAsync(StatusCode.PermissionDenied, () => client.UnaryAsync(s_request, Token("odd")).ResponseAsync);
        await client.UnaryAsync(s_request, Token("even")).ResponseAsync.WithinAsync();
    }

    [Fact]
    public async Task RefusedCall_LeavesTheConnectionToOthers()
    {
        var connections = new HashSet<string>();
        _server.Behavior.Unary = (request, context) =>
        {
            connections.Add(context.Peer);
            return Task.FromResult(EchoBehavior.Reply(request));
        };

        for (var i = 0; i < 20; i++)
        {
            await AssertFailsAsync(StatusCode.Unauthenticated, () => _client.UnaryAsync(s_request).ResponseAsync);
            await _client.UnaryAsync(s_request, Token("ann")).ResponseAsync.WithinAsync();
        }

        Assert.Single(connections);
    }

    private static Metadata Token(string token) => new() { { "authorization", $"Bearer {token}" } };

    private static async Task AssertFailsAsync(StatusCode code, Func<Task> call) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<RpcException>(() => call().WithinAsync())).StatusCode);

    private static Task<GrpcTestServer> StartAsync(Action<IEndpointRouteBuilder> map) => GrpcTestServer.StartAsync(
        services: services =>
        {
            services.AddAuthentication(TokenHandler.Name).AddScheme<AuthenticationSchemeOptions, TokenHandler>(TokenHandler.Name, null);
            services.AddAuthorizationBuilder().AddPolicy(
                GuardedEchoService.Policy, policy => policy.RequireAuthenticatedUser().RequireAssertion(context => context.User.Identity?.Name?.Length % 2 == 0));
        },
        map: app =>
        {
            ((IApplicationBuilder)app).UseAuthentication().UseAuthorization();
            map(app);
        });
}
