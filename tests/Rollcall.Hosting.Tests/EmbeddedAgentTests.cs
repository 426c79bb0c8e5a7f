using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rollcall.Agent;
using Rollcall.Consul;
using Rollcall.TestKit;

namespace Rollcall.Hosting.Tests;

/// <summary>An agent and its clients in one host, with nothing said about where the agent is.</summary>
public sealed class EmbeddedAgentTests : IDisposable
{
    private readonly LogCollector _log = new();

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AgentOnAFreePort_RegistersAndFindsInItsOwnHost_AndEndsWithoutAWarning(bool agentFirst)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Logging.AddProvider(_log);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static k => k.Listen(System.Net.IPAddress.Loopback, 0));
        if (agentFirst)
        {
            builder.Services.AddRollcallAgent(static o => o.HttpPort = 0);
        }

        builder.Services.AddHostedService<EarlyCaller>();
        builder.Services.AddSingleton<LastCaller>();
        builder.Services.AddServiceRegistration("orders", static o => o.DrainDelay = TimeSpan.Zero);
        builder.Services.AddServiceConfig();
        builder.Services.AddHttpClient("orders").AddServiceDiscovery();
        if (!agentFirst)
        {
            builder.Services.AddRollcallAgent(static o => o.HttpPort = 0);
        }

        var app = builder.Build();
        app.Run(static context => context.Response.WriteAsync("ok"));
        await app.StartAsync().WithinAsync();
        var registrations = app.Services.GetRequiredService<ServiceRegistrations>();
        await Eventually.TrueAsync(() => registrations.States.All(static s => s.IsSettled));

        var caller = app.Services.GetServices<IHostedService>().OfType<EarlyCaller>().Single();
        Assert.Equal("ok", await caller.Orders.GetStringAsync("http://orders/").WithinAsync());
        var last = app.Services.GetRequiredService<LastCaller>();
        var agent = app.Services.GetRequiredService<ConsulAgent>();
        await app.StopAsync().WithinAsync();
        await app.DisposeAsync().AsTask().WithinAsync();

        Assert.NotNull(last.Leader);
        Assert.True(agent.Stopped.IsCompleted);
        Assert.DoesNotContain(_log.Entries, static e => e.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task AddressSetInCode_Stays()
    {
        var services = new ServiceCollection();
        services.AddRollcallAgent(static o => o.HttpPort = 29130);
        services.AddConsulClient(static o => o.Address = new Uri("http://127.0.0.1:8500"));
        await using var provider = services.BuildServiceProvider();

        Assert.Equal(8500, provider.GetRequiredService<IOptions<ConsulClientOptions>>().Value.Address.Port);
    }

    [Fact]
    public async Task GrpcClientAlone_UsesTheAgent()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddGrpcClient<AnyClient>("consul:///orders");
        services.AddRollcallAgent(static o => o.HttpPort = 29130);
        await using var provider = services.BuildServiceProvider();

        Assert.Equal(29130, provider.GetRequiredService<IOptions<ConsulClientOptions>>().Value.Address.Port);
    }

    // As background services do it: everything is injected before the host has started.
    private sealed class EarlyCaller(IHttpClientFactory clients) : IHostedService
    {
        public HttpClient Orders { get; } = clients.CreateClient("orders");

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    // What a watch does until the container disposes it.
    private sealed class LastCaller(ConsulClient consul) : IAsyncDisposable
    {
        public string? Leader { get; private set; }

        public async ValueTask DisposeAsync() => Leader = (await consul.Status.LeaderAsync().WithinAsync()).Value;
    }

    private sealed class AnyClient(CallInvoker invoker)
    {
        public CallInvoker Invoker { get; } = invoker;
    }
}
