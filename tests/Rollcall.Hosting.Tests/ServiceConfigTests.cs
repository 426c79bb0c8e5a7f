using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Grpc.Client;
using Rollcall.TestKit;

namespace Rollcall.Hosting.Tests;

/// <summary>Service configs in the KV store, live in callers that run.</summary>
public sealed class ServiceConfigTests : IDisposable
{
    private const string Key = $"rollcall/service-config/{GrpcInstance.ServiceName}";
    private const string RoundRobin = """{ "loadBalancingConfig": [ { "round_robin": {} } ] }""";
    private const string PickFirst = """{ "loadBalancingConfig": [ { "pick_first": {} } ] }""";

    private static readonly TimeSpan s_live = TimeSpan.FromSeconds(1);

    private readonly LogCollector _log = new();

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task GrpcCallers_GoByTheKeyWithinASecond(string agent)
    {
        await using var registry = await TestRegistry.StartAsync(agent);
        await using var first = await GrpcInstance.StartAsync(registry);
        await using var second = await GrpcInstance.StartAsync(registry);
        await registry.PassingAsync(GrpcInstance.ServiceName, 2);
        await using var channel = GrpcChannel.ForAddress(
            $"consul:///{GrpcInstance.ServiceName}?config=true",
            new GrpcChannelOptions { ConfigureConsul = registry.Configure, LoggerFactory = _log });
        await using var callers = new SteadyCallers(async () =>
        {
            using var call = channel.CreateCallInvoker().AsyncUnaryCall(GrpcInstance.Echo, null, default, "x");
            await call.ResponseAsync;
            return call.GetEndpoint()!.Id;
        });

        await callers.AnswerAsync(instances: 1);
        await KeyIsLiveAsync(registry, callers, () => channel.ServiceConfigState!);
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task HttpCallers_GoByTheKeyWithinASecond(string agent)
    {
        await using var registry = await TestRegistry.StartAsync(agent);
        await using var first = await TestHost.StartAsync(registry, GrpcInstance.ServiceName, handler: static c => c.Response.WriteAsync($"{c.Connection.LocalPort}"));
        await using var second = await TestHost.StartAsync(registry, GrpcInstance.ServiceName, handler: static c => c.Response.WriteAsync($"{c.Connection.LocalPort}"));
        await registry.PassingAsync(GrpcInstance.ServiceName, 2);
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(_log));
        services.AddConsulClient(registry.Configure);
        services.AddServiceConfig();
        services.AddHttpClient("echo").AddServiceDiscovery(static o => o.Policy = BalancingPolicies.Find("pick_first"));
        await using var provider = services.BuildServiceProvider();
        using var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient("echo");
        await using var callers = new SteadyCallers(() => client.GetStringAsync(new Uri($"http://{GrpcInstance.ServiceName}/")));

        await callers.AnswerAsync(instances: 1);
        await KeyIsLiveAsync(registry, callers, () => provider.GetRequiredService<ServiceConfigDirectory>().States.Single());
    }

    [Fact]
    public async Task ClientsOfAContainer_GoByTheKeyThenTheConfigurationThenTheirOptions()
    {
        await using var registry = await TestRegistry.StartAsync("embedded");
        await using var first = await GrpcInstance.StartAsync(registry);
        await using var second = await GrpcInstance.StartAsync(registry);
        await registry.PassingAsync(GrpcInstance.ServiceName, 2);
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new($"Rollcall:ServiceConfig:{GrpcInstance.ServiceName}:loadBalancingConfig:0:round_robin", null)])
            .Build();
        var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration);
        services.AddConsulClient(registry.Configure);
        services.AddServiceConfig();
        services.AddGrpcClient<EchoClient>($"consul:///{GrpcInstance.ServiceName}");
        services.AddHealthChecks().AddServiceConfigCheck();
        await using var provider = services.BuildServiceProvider();
        await using var callers = new SteadyCallers(() => provider.GetRequiredService<EchoClient>().EchoAsync());
        var state = () => provider.GetRequiredService<ServiceConfigDirectory>().States.Single();

        await callers.AnswerAsync(instances: 2);
        Assert.Equal($"the configuration's section Rollcall:ServiceConfig:{GrpcInstance.ServiceName}", state().Origin);
        Assert.True(await registry.Client.Kv.PutAsync(Key, PickFirst));
        await Eventually.TrueAsync(() => state().Origin!.Contains(Key, StringComparison.Ordinal));
        await callers.AnswerAsync(instances: 1);
        Assert.Equal(HealthStatus.Healthy, (await HealthAsync()).Status);

        Assert.True(await registry.Client.Kv.PutAsync(Key, """{ "loadBalancingConf": [] }"""));
        await Eventually.TrueAsync(() => state().Config is { WithoutEffect.IsEmpty: false });
        var passed = await HealthAsync();
        Assert.Equal(HealthStatus.Healthy, passed.Status);
        Assert.Contains("loadBalancingConf is not known", passed.Entries["service-config"].Description, StringComparison.Ordinal);

        Assert.True(await registry.Client.Kv.PutAsync(Key, """{ "retryThrottling": 5 }"""));
        await Eventually.TrueAsync(() => state().Refused is not null);
        var health = await HealthAsync();
        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Contains("retryThrottling must be an object", health.Entries["service-config"].Description, StringComparison.Ordinal);
        Assert.True(await registry.Client.Kv.DeleteAsync(Key));
        await callers.AnswerAsync(instances: 2);
        Assert.Equal(HealthStatus.Healthy, (await HealthAsync()).Status);

        Task<HealthReport> HealthAsync() => provider.GetRequiredService<HealthCheckService>().CheckHealthAsync();
    }

    [Fact]
    public async Task ConfigThatCannotBeRead_IsHealthyAndTold()
    {
        await using var directory = new ServiceConfigDirectory([new UnreadableSource()]);
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(directory);
        services.AddHealthChecks().AddServiceConfigCheck();
        await using var provider = services.BuildServiceProvider();
        using var watch = directory.Watch(new ServiceConfigQuery("orders"));
        await Eventually.TrueAsync(() => watch.State.Failure is not null);

        var entry = (await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["service-config"];

        Assert.Equal(HealthStatus.Healthy, entry.Status);
        Assert.StartsWith("orders: its config can't be read since ", entry.Description, StringComparison.Ordinal);
        Assert.EndsWith("In force is what the callers' options say. permission denied", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ClientWhoseOptionsAKeyContradicts_GoesOnAndTheHealthCheckTells()
    {
        await using var registry = await TestRegistry.StartAsync("embedded");
        await using var instance = await TestHost.StartAsync(registry, GrpcInstance.ServiceName, handler: static c => c.Response.WriteAsync("here"));
        await registry.PassingAsync(GrpcInstance.ServiceName, 1);
        Assert.True(await registry.Client.Kv.PutAsync(
            Key, """{ "loadBalancingConfig": [ { "stages": { "maxUnreachableCooldown": "10s", "childPolicy": [ { "least_request": {} } ] } } ] }"""));
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(_log));
        services.AddConsulClient(registry.Configure);
        services.AddServiceConfig();
        services.AddHttpClient("plain").AddServiceDiscovery();
        services.AddHttpClient("patient").AddServiceDiscovery(static o =>
        {
            o.Balancing.UnreachableCooldown = TimeSpan.FromSeconds(20);
            o.Balancing.MaxUnreachableCooldown = TimeSpan.FromSeconds(60);
        });
        services.AddHealthChecks().AddServiceConfigCheck();
        await using var provider = services.BuildServiceProvider();
        var state = () => provider.GetRequiredService<ServiceConfigDirectory>().States.Single();

        Assert.Equal("here", await CallAsync("plain"));
        await Eventually.TrueAsync(() => state().Origin is not null);
        Assert.Null(state().Refused);
        Assert.Equal("here", await CallAsync("patient"));
        await Eventually.TrueAsync(() => state().Refused is not null);

        var health = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Contains(Key, health.Entries["service-config"].Description, StringComparison.Ordinal);
        Assert.Contains("maxUnreachableCooldown must not be less", health.Entries["service-config"].Description, StringComparison.Ordinal);
        Assert.True(await registry.Client.Kv.PutAsync(Key, RoundRobin));
        await Eventually.TrueAsync(() => state().Refused is null);
        Assert.Equal("here", await CallAsync("patient"));

        async Task<string> CallAsync(string name)
        {
            using var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient(name);
            return await client.GetStringAsync(new Uri($"http://{GrpcInstance.ServiceName}/"));
        }
    }

    [Fact]
    public async Task ContainerWithoutLiveConfigs_FollowsWhatItsTargetNames()
    {
        await using var registry = await TestRegistry.StartAsync("embedded");
        await using var instance = await GrpcInstance.StartAsync(registry);
        await registry.PassingAsync(GrpcInstance.ServiceName, 1);
        Assert.True(await registry.Client.Kv.PutAsync("team/echo.json", """{ "methodConfig": [ { "name": [ {} ], "maxRequestMessageBytes": 0 } ] }"""));
        var services = new ServiceCollection();
        services.AddConsulClient(registry.Configure);
        services.AddGrpcClient<EchoClient>($"consul:///{GrpcInstance.ServiceName}?config=team/echo.json");
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<EchoClient>();

        await Eventually.TrueAsync(async () =>
        {
            try
            {
                await client.EchoAsync();
                return false;
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.ResourceExhausted)
            {
                return true;
            }
        });
    }

    [Fact]
    public void WrongOptions_AreRefusedAtTheStart()
    {
        var services = new ServiceCollection();
        services.AddServiceConfig(static o => (o.KvPrefix, o.Section) = ("/configs/", " "));
        services.AddHttpClient("orders").AddServiceDiscovery();
        services.AddHttpClient("bills").AddServiceDiscovery();
        using var provider = services.BuildServiceProvider();

        // Once, however many clients would go by them; and to a client of its own where nothing starts.
        var error = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IStartupValidator>().Validate());
        var withoutStart = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IHttpClientFactory>().CreateClient("orders"));

        Assert.Contains("KvPrefix is '/configs/'", error.Message, StringComparison.Ordinal);
        Assert.Contains("Section is blank", error.Message, StringComparison.Ordinal);
        Assert.Equal(error.Message, withoutStart.Message);
    }

    [Fact]
    public void CheckWithoutServiceConfigs_IsRefusedAtTheStart()
    {
        var services = new ServiceCollection();
        services.AddHealthChecks().AddServiceConfigCheck().AddServiceConfigCheck("again");
        using var alone = services.BuildServiceProvider();
        var error = Assert.Throws<OptionsValidationException>(() => alone.GetRequiredService<IStartupValidator>().Validate());
        Assert.Contains("Call services.AddServiceConfig()", error.Message, StringComparison.Ordinal);

        services.AddServiceConfig();
        using var both = services.BuildServiceProvider();
        both.GetRequiredService<IStartupValidator>().Validate();
    }

    /// <summary>Callers go by pick_first when it begins.</summary>
    private async Task KeyIsLiveAsync(TestRegistry registry, SteadyCallers callers, Func<ServiceConfigState> state)
    {
        var delays = new List<TimeSpan>();
        await Eventually.TrueAsync(() => state().IsRead);
        await PutAsync(RoundRobin, instances: 2);
        await PutAsync(PickFirst, instances: 1);

        Assert.True(await registry.Client.Kv.PutAsync(Key, """{ "loadBalancingConfig": [ { "round_robbin": {} } ] }"""));
        await Eventually.TrueAsync(() => state().Refused is not null);
        Assert.Contains("names no policy that is known", state().Refused!.Fault, StringComparison.Ordinal);
        await callers.AnswerAsync(instances: 1);

        await PutAsync(RoundRobin, instances: 2);

        // The fastest: a machine that is busy with something else may hold one change up, but not each of them.
        Assert.InRange(delays.Min(), TimeSpan.Zero, s_live);
        await registry.KillAsync();
        await Eventually.TrueAsync(() => state().Failure is not null);
        await callers.AnswerAsync(instances: 2);
        Assert.NotNull(state().Config);
        Assert.Single(_log.Entries, static entry => entry.Message.Contains("is refused", StringComparison.Ordinal));

        // The key is gone with everything else.
        await registry.RestartEmptyAsync();
        await Eventually.TrueAsync(() => state() is { Config: null, Failure: null }, TimeSpan.FromSeconds(20));
        await callers.AnswerAsync(instances: 1);

        async Task PutAsync(string config, int instances)
        {
            Assert.True(await registry.Client.Kv.PutAsync(Key, config));
            var written = TimeProvider.System.GetTimestamp();
            await callers.AnswerAsync(instances);
            delays.Add(TimeProvider.System.GetElapsedTime(written));
        }
    }

    /// <summary>As generated code has it.</summary>
    internal sealed class EchoClient(CallInvoker invoker) : ClientBase<EchoClient>(invoker)
    {
        public async Task<string> EchoAsync()
        {
            using var call = CallInvoker.AsyncUnaryCall(GrpcInstance.Echo, null, default, "x");
            await call.ResponseAsync;
            return call.GetEndpoint()!.Id;
        }

        protected override EchoClient NewInstance(ClientBaseConfiguration configuration) => throw new NotSupportedException();
    }

    private sealed class UnreadableSource : IServiceConfigSource
    {
        public string Describe(ServiceConfigQuery query) => "a key";

        public IAsyncEnumerable<string?> WatchAsync(ServiceConfigQuery query, CancellationToken cancellationToken) => throw new IOException("permission denied");
    }
}
