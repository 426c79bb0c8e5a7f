using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Rollcall.Agent;
using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.Hosting.Registration;
using Rollcall.TestKit;
using Rollcall.Testing;

namespace Rollcall.Hosting.Tests.Registration;

public sealed class RegistrationTests
{
    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task HostStarts_IsRegisteredAtItsRealAddress_AndPassingAtOnce(string agent)
    {
        await using var registry = await TestRegistry.StartAsync(agent);
        await using var host = await TestHost.StartAsync(registry, "a", o =>
        {
            o.Tags.Add("v1");
            o.Metadata["k"] = "v";
            o.Weights = new() { Passing = 5 };
        });
        var entry = Assert.Single(await registry.PassingAsync("a", 1));
        Assert.Equal(("127.0.0.1", $"a-127.0.0.1-{entry.Service.Port}"), (entry.Service.Address, entry.Service.Id));
        Assert.Equal(("v1", "v", 5), (entry.Service.Tags![0], entry.Service.Meta!["k"], entry.Service.Weights!.Passing));
        Assert.Contains(entry.Checks, c => c is { Type: "ttl", Status: CheckStatus.Passing });
        using var http = new HttpClient();
        Assert.Equal("ok", await http.GetStringAsync($"http://{entry.Service.Address}:{entry.Service.Port}/").WithinAsync());
        await Eventually.TrueAsync(() => host.State.IsSettled);
        Assert.Equal((entry.Service.Id, RegistrationPresence.Registered), (host.State.ServiceId, host.State.Actual));

        await host.StopAsync();
        Assert.Null((await registry.Client.Agent.ServiceAsync(entry.Service.Id)).Value);
        Assert.Equal((RegistrationPresence.Absent, true), (host.State.Actual, host.State.IsSettled));
        host.Log.AssertNoErrors();
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task TwoInstancesAndTwoServices_DoNotDisturbEachOther(string agent)
    {
        await using var registry = await TestRegistry.StartAsync(agent);
        await using var first = await TestHost.StartAsync(registry, "a", services: s => s.AddServiceRegistration("b", o => o.DrainDelay = TimeSpan.Zero));
        await using var second = await TestHost.StartAsync(registry, "a");
        var two = await registry.PassingAsync("a", 2);
        Assert.NotEqual(two[0].Service.Id, two[1].Service.Id);
        await registry.PassingAsync("b", 1);
        Assert.Equal(["a", "b"], first.States.Select(s => s.ServiceName));
        await second.StopAsync();
        await registry.PassingAsync("a", 1);
        await first.StopAsync();
        await registry.PassingAsync("a", 0);
        await registry.PassingAsync("b", 0);
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task BoundToEveryAddress_RegistersOneThatAnswers(string agent)
    {
        await using var registry = await TestRegistry.StartAsync(agent);
        await using var host = await TestHost.StartAsync(registry, "a", address: IPAddress.Any);
        var service = Assert.Single(await registry.PassingAsync("a", 1)).Service;
        Assert.NotEqual(IPAddress.Any, IPAddress.Parse(service.Address));
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Parse(service.Address), service.Port).WithinAsync();
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task HostWithoutAServer_RegistersWhatItWasTold(string agent)
    {
        await using var registry = await TestRegistry.StartAsync(agent);
        using var host = Worker(registry).Build();
        await host.StartAsync().WithinAsync();
        Assert.Equal("worker-10.0.0.1-99", Assert.Single(await registry.PassingAsync("worker", 1)).Service.Id);
        await host.StopAsync().WithinAsync();
        await registry.PassingAsync("worker", 0);
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task HostOnlyDisposed_IsDeregistered(string agent)
    {
        await using var registry = await TestRegistry.StartAsync(agent);
        var host = Worker(registry).Build();
        await host.StartAsync().WithinAsync();
        await registry.PassingAsync("worker", 1);
        await ((IAsyncDisposable)host).DisposeAsync().AsTask().WithinAsync();
        Assert.Empty((await registry.Client.Agent.ServicesAsync()).Value);
    }

    [Fact]
    public async Task HostThatFailsToStart_LeavesNothingRegistered()
    {
        await using var registry = await TestRegistry.StartAsync("embedded");
        var builder = Worker(registry);
        builder.Services.AddHostedService(_ => new FailingService(() => registry.PassingAsync("worker", 1)));
        await using (var host = (IAsyncDisposable)builder.Build())
        {
            await Assert.ThrowsAsync<NotSupportedException>(() => ((IHost)host).StartAsync().WithinAsync(TimeSpan.FromSeconds(20)));
        }

        Assert.Empty((await registry.Client.Agent.ServicesAsync()).Value);
    }

    [Fact]
    public async Task HostOnlyDisposedWithoutItsAgent_IsDisposedAllTheSame()
    {
        var clock = new FakeTimeProvider();
        await using var registry = await TestRegistry.StartAsync("embedded");
        var host = Worker(registry, clock).Build();
        await host.StartAsync().WithinAsync();
        await registry.PassingAsync("worker", 1);
        await registry.KillAsync();
        await WithTimeAsync(clock, ((IAsyncDisposable)host).DisposeAsync().AsTask());
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task RestartWithOtherChecks_LeavesNoneOfTheOld(string agent)
    {
        await using var registry = await TestRegistry.StartAsync(agent);
        await registry.Client.Agent.RegisterAsync(new() { Id = "same", Name = "a", Checks = [new() { CheckId = "service:same:ttl", Ttl = "1m" }] });
        await using var host = await TestHost.StartAsync(registry, "a", o =>
        {
            o.Id = "same";
            o.Checks.Http("/").Tcp();
        });
        await registry.PassingAsync("a", 1);
        Assert.Equal(["service:same:http", "service:same:tcp"], (await registry.Client.Agent.ChecksAsync()).Value.Keys.Order());
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task AgentDownAtShutdown_HostStopsAllTheSame(string agent)
    {
        var clock = new FakeTimeProvider();
        await using var registry = await TestRegistry.StartAsync(agent);
        var host = await TestHost.StartAsync(registry, "a", o => o.DrainDelay = TimeSpan.FromDays(1), s => s.AddSingleton<TimeProvider>(clock));
        await registry.PassingAsync("a", 1);
        await registry.KillAsync();
        await WithTimeAsync(clock, host.StopAsync());
        Assert.False(host.State.IsSettled);
        Assert.Contains(host.Log.Entries, e => e.Message.Contains("could not be deregistered", StringComparison.Ordinal));
        await WithTimeAsync(clock, host.DisposeAsync().AsTask());
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task MaintenanceOfAnOperator_OutlivesARestart_AndSoDoForeignChecks(string agent)
    {
        await using var registry = await TestRegistry.StartAsync(agent);
        const string Id = "a-127.0.0.1-81";
        await using (var killed = Loop(registry))
        {
            killed.Start();
            await registry.PassingAsync("a", 1);
            await registry.Client.Agent.RegisterCheckAsync(new() { CheckId = "theirs", Name = "theirs", ServiceId = Id, Ttl = "1h" });
            await registry.Client.Agent.SetServiceMaintenanceAsync(Id, true, "being looked at");
        }

        await using var next = Loop(registry);
        next.Start();
        await Eventually.TrueAsync(() => next.State.IsSettled);

        Assert.Equal(
            [$"_service_maintenance:{Id}", $"service:{Id}:ttl", "theirs"],
            (await registry.Client.Agent.ChecksAsync()).Value.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task RivalInPlaceAtTheEnd_IsLeftThere(string agent)
    {
        await using var registry = await TestRegistry.StartAsync(agent);
        var log = new LogCollector();
        await using var loop = Loop(registry, "same", clock: new FakeTimeProvider(), logger: log.CreateLogger("test"));
        loop.Start();
        await Eventually.TrueAsync(() => loop.State.IsSettled);
        await registry.Client.Agent.RegisterAsync(new() { Id = "same", Name = "b", Address = "10.0.0.9", Port = 7 });

        Assert.True(await loop.DeregisterAsync(default).WithinAsync());

        Assert.Equal(("b", 7), (await registry.Client.Agent.ServiceAsync("same")).Value is { } left ? (left.Service, left.Port) : default);
        Assert.Equal((RegistrationPresence.Absent, true), (loop.State.Actual, loop.State.IsSettled));
        Assert.Contains("b at 10.0.0.9:7", Assert.Single(log.Entries, static e => e.Message.Contains("not deregistered", StringComparison.Ordinal)).Message, StringComparison.Ordinal);
        Assert.DoesNotContain(log.Entries, static e => e.Message.StartsWith("Deregistered", StringComparison.Ordinal));
        log.AssertNoErrors();
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task OtherTagsOnTheVeryInstanceAtTheEnd_AreNoRival(string agent)
    {
        await using var registry = await TestRegistry.StartAsync(agent);
        await using var loop = Loop(registry, "same", clock: new FakeTimeProvider());
        loop.Start();
        await Eventually.TrueAsync(() => loop.State.IsSettled);
        await registry.Client.Agent.RegisterAsync(new() { Id = "same", Name = "a", Address = "127.0.0.1", Port = 81, Tags = ["canary"] });

        Assert.True(await loop.DeregisterAsync(default).WithinAsync());

        Assert.Empty((await registry.Client.Agent.ServicesAsync()).Value);
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task HandoverWithOneIdAndAnotherPort_LeavesTheListNeverEmpty(string agent)
    {
        await using var registry = await TestRegistry.StartAsync(agent);

        // Their clocks stand still: neither looks again, and both have TTLs that the agent counts.
        await using var old = Loop(registry, "same", 81, new FakeTimeProvider());
        old.Start();
        await Eventually.TrueAsync(() => old.State.IsSettled);
        await using var next = Loop(registry, "same", 82, new FakeTimeProvider());
        next.Start();
        await Eventually.TrueAsync(() => next.State.IsSettled);
        await Eventually.TrueAsync(async () => (await registry.PassingAsync("a", 1))[0].Service.Port == 82);
        var index = (await registry.Client.Health.ServiceAsync("a")).Index;

        await old.DeregisterAsync(default).WithinAsync();

        var after = await registry.Client.Health.ServiceAsync("a");
        Assert.Equal((82, index), (Assert.Single(after.Value).Service.Port, after.Index));
        await next.DeregisterAsync(default).WithinAsync();
        await registry.PassingAsync("a", 0);
    }

    [Fact]
    public async Task StoppedWithoutTime_IsDeregisteredWhenDisposed()
    {
        await using var registry = await TestRegistry.StartAsync("embedded");
        var host = Worker(registry).Build();
        await host.StartAsync().WithinAsync();
        await registry.PassingAsync("worker", 1);

        _ = await Record.ExceptionAsync(() => host.StopAsync(new CancellationToken(true)).WithinAsync());
        await ((IAsyncDisposable)host).DisposeAsync().AsTask().WithinAsync();

        Assert.Empty((await registry.Client.Agent.ServicesAsync()).Value);
    }

    [Fact]
    public async Task AgentThatComesBackWhileCallsAreFinished_IsToldWhenTheHostIsDisposed()
    {
        var clock = new FakeTimeProvider();
        await using var registry = await TestRegistry.StartAsync("embedded");
        var broken = false;
        var builder = Worker(registry, clock);
        builder.Services.AddSingleton(_ =>
        {
            var options = ConsulClientOptions.FromEnvironment(_ => null);
            registry.Configure(options);
            return new ConsulClient(options, new BreakableHandler(() => Volatile.Read(ref broken)));
        });
        var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await registry.PassingAsync("worker", 1);

        Volatile.Write(ref broken, true);
        await WithTimeAsync(clock, host.StopAsync());
        Volatile.Write(ref broken, false);
        await ((IAsyncDisposable)host).DisposeAsync().AsTask().WithinAsync();

        Assert.Empty((await registry.Client.Agent.ServicesAsync()).Value);
    }

    [Fact]
    public async Task AgentThatNeverTookIt_IsAskedOnceAtShutdown_AndNothingStaysListed()
    {
        await using var registry = await TestRegistry.StartAsync("embedded");
        await using var peer = await LoopbackPeer.StartAsync(403, "Permission denied");
        await using var host = await TestHost.StartAsync(registry, "a", services: s => s.AddConsulClient(o => o.Address = peer.Address));
        host.Log.Expect(e => e.Message.Contains("refuses", StringComparison.Ordinal));
        await Eventually.TrueAsync(() => host.State.LastError is not null);

        await host.StopAsync();

        Assert.Single(peer.Requests, r => r.Target.StartsWith("/v1/agent/service/deregister/", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Log.Entries, e => e.Message.Contains("could not be deregistered", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AgentThatWasNeverThere_NothingStaysListed()
    {
        await using var registry = await TestRegistry.StartAsync("embedded");
        await registry.KillAsync();
        await using var host = await TestHost.StartAsync(registry, "a");
        await Eventually.TrueAsync(() => host.State.LastError is not null);

        await host.StopAsync();

        Assert.DoesNotContain(host.Log.Entries, e => e.Message.Contains("could not be deregistered", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AgentThatHangsFromTheBeginning_IsNotSaidToListTheService()
    {
        var clock = new FakeTimeProvider();
        var log = new LogCollector();
        await using var registry = await TestRegistry.StartAsync("embedded");
        await using var agent = await TestAgent.StartAsync(new() { TimeProvider = clock }).WithinAsync();
        using var hang = agent.Inject(AgentFault.Slow(TimeSpan.FromHours(77)), "/v1/agent/");
        var builder = Worker(registry, clock);
        builder.Logging.AddProvider(log);
        builder.Services.AddSingleton(_ => agent.CreateClient());
        var host = builder.Build();
        await host.StartAsync().WithinAsync();
        await Eventually.TrueAsync(() => hang.Hits == 1);

        await WithTimeAsync(clock, host.StopAsync());

        var told = Assert.Single(log.Entries, e => e.Message.Contains("could not be deregistered", StringComparison.Ordinal));
        Assert.Contains("if the agent took its registration", told.Message, StringComparison.Ordinal);
        Assert.Contains("the agent gave no answer within 3 s", told.Message, StringComparison.Ordinal);
        await WithTimeAsync(clock, ((IAsyncDisposable)host).DisposeAsync().AsTask());
    }

    [Fact]
    public async Task AgentWhoseMachineIsGone_IsSaidToBeOutOfReach()
    {
        using var gone = DeafListener.Start();
        await using var registry = await TestRegistry.StartAsync("embedded");
        await using var host = await TestHost.StartAsync(
            registry, "a", services: s => s.AddConsulClient(o => o.Address = new Uri($"http://127.0.0.1:{gone.Port}")));
        await Eventually.TrueAsync(() => host.State.LastError is not null);
        Assert.Contains("can't be reached", host.State.LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AgentDownAtShutdown_OfAServiceWithoutACheck_SaysThatItStaysListed()
    {
        var clock = new FakeTimeProvider();
        await using var registry = await TestRegistry.StartAsync("embedded");
        var host = await TestHost.StartAsync(registry, "a", o => o.Checks.None(), s => s.AddSingleton<TimeProvider>(clock));
        await registry.PassingAsync("a", 1);
        await registry.KillAsync();

        await WithTimeAsync(clock, host.StopAsync());

        var told = Assert.Single(host.Log.Entries, e => e.Message.Contains("could not be deregistered", StringComparison.Ordinal));
        Assert.Contains("has no check", told.Message, StringComparison.Ordinal);
        await WithTimeAsync(clock, host.DisposeAsync().AsTask());
    }

    [Fact]
    public async Task LoopbackAtALocalAgentOfACluster_IsAWarning()
    {
        await using var registry = await TestRegistry.StartAsync("embedded");
        await using var agent = await ConsulAgent.StartAsync(new() { HttpPort = 0, AdvertiseAddress = "10.9.8.7" });
        await using var host = await TestHost.StartAsync(registry, "a", services: s => s.AddConsulClient(o => o.Address = agent.HttpAddress));
        await using var alone = await TestHost.StartAsync(registry, "a");
        await Eventually.TrueAsync(() => host.State.IsSettled && alone.State.IsSettled);

        // Said after the state is told: the agent is asked where it is once the service is there.
        await Eventually.TrueAsync(() => host.Log.Entries.Any(static e => e.Level == LogLevel.Warning));
        var told = Assert.Single(host.Log.Entries, e => e.Level == LogLevel.Warning);
        Assert.Contains("127.0.0.1", told.Message, StringComparison.Ordinal);
        Assert.Contains("10.9.8.7", told.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(alone.Log.Entries, e => e.Level == LogLevel.Warning);
    }

    [Fact]
    public async Task AgentOfATestWithoutAPort_IsOnThisMachine()
    {
        await using var registry = await TestRegistry.StartAsync("embedded");
        await using var agent = await TestAgent.StartAsync(new() { Listen = false }).WithinAsync();
        var asked = 0;
        var resolver = new EndpointResolver(agent.Address, static () => [], () => Task.FromResult<IPAddress?>(++asked == 0 ? IPAddress.Any : null));
        await using var host = await TestHost.StartAsync(
            registry, "a", services: s => s.AddSingleton(_ => agent.CreateClient()).AddSingleton(resolver), address: IPAddress.Any);
        await Eventually.TrueAsync(() => host.State.IsSettled);

        Assert.StartsWith("a-127.0.0.1-", host.State.ServiceId, StringComparison.Ordinal);
        Assert.Equal(0, asked);
        Assert.DoesNotContain(host.Log.Entries, e => e.Level == LogLevel.Warning);
    }

    [Fact]
    public async Task ClientOfTheApplication_IsWhatTellsWhereTheAgentIs()
    {
        await using var registry = await TestRegistry.StartAsync("embedded");
        await using var host = await TestHost.StartAsync(registry, "a", services: s =>
        {
            // Its options are not those of the container, which lead nowhere.
            s.AddSingleton(registry.Client);
            s.AddConsulClient(o => o.Address = new Uri("http://nowhere.invalid:8500"));
        });
        await Eventually.TrueAsync(() => host.State.IsSettled);

        Assert.DoesNotContain(host.Log.Entries, e => e.Level == LogLevel.Warning);
    }

    [Fact]
    public async Task NameServerThatDoesNotAnswer_HoldsUpTheStartOnce_HoweverManyServicesThereAre()
    {
        var clock = new FakeTimeProvider();
        var never = new TaskCompletionSource<IPAddress?>();
        var resolver = new EndpointResolver(
            new Uri("http://agent.example:8500"), () => [new(IPAddress.Parse("10.9.8.7"), IsRouted: true)], () => never.Task, clock);
        await using var registry = await TestRegistry.StartAsync("embedded");
        var starting = TestHost.StartAsync(
            registry,
            "a",
            services: s => s.AddSingleton<TimeProvider>(clock).AddSingleton(resolver)
                .AddServiceRegistration("b", o => o.DrainDelay = TimeSpan.Zero).AddServiceRegistration("c", o => o.DrainDelay = TimeSpan.Zero),
            address: IPAddress.Any);
        await clock.WaitForTimerDueInAsync(TimeSpan.FromSeconds(1));
        clock.Advance(TimeSpan.FromSeconds(1));

        await using var host = await starting.WithinAsync();
        await Eventually.TrueAsync(() => host.States.Count == 3 && host.States.All(s => s.ServiceId!.Contains("-10.9.8.7-", StringComparison.Ordinal)));
        await WithTimeAsync(clock, host.StopAsync());
    }

    private static RegistrationLoop Loop(TestRegistry registry, string? id = null, int port = 81, TimeProvider? clock = null, ILogger? logger = null) => new(
        new(new() { Name = "a", Id = id }, new("127.0.0.1", port, false), new(registry.Client.HomeAddress)),
        registry.Client,
        clock ?? TimeProvider.System,
        Random.Shared,
        logger ?? NullLogger.Instance);

    /// <summary>Lets time pass until it is done: an agent that is away is given some.</summary>
    private static async Task WithTimeAsync(FakeTimeProvider clock, Task task)
    {
        await clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(100), () => task.IsCompleted);
        await task;
    }

    private static HostApplicationBuilder Worker(TestRegistry registry, TimeProvider? clock = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddSingleton(clock ?? TimeProvider.System);
        builder.Services.AddConsulClient(registry.Configure);
        builder.Services.AddServiceRegistration("worker", o =>
        {
            o.Address = "10.0.0.1";
            o.Port = 99;
            o.DrainDelay = TimeSpan.Zero;
        });
        return builder;
    }

    /// <summary>Fails after everything has started.</summary>
    private sealed class FailingService(Func<Task> before) : IHostedLifecycleService
    {
        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task StartedAsync(CancellationToken cancellationToken)
        {
            await before();
            throw new NotSupportedException("no");
        }

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>An agent that can't be reached while somebody says so.</summary>
    private sealed class BreakableHandler(Func<bool> isBroken) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            isBroken() ? throw new HttpRequestException(HttpRequestError.ConnectionError) : base.SendAsync(request, cancellationToken);
    }
}
