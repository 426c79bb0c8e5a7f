using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rollcall.TestKit;

namespace Rollcall.Hosting.Tests.Registration;

public sealed class DrainTests
{
    /// <summary>
    /// Rolling restarts under load with calls that are never sent twice: whatever meets a closed door shows as a failure.
    /// </summary>
    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task RollingRestartUnderLoad_LosesNoCall(string agent)
    {
        await using var registry = await TestRegistry.StartAsync(agent);
        var hosts = new Queue<TestHost>();
        hosts.Enqueue(await InstanceAsync(registry));
        hosts.Enqueue(await InstanceAsync(registry));

        var services = new ServiceCollection();
        services.AddConsulClient(registry.Configure);
        services.AddHttpClient("orders").AddServiceDiscovery(o => o.MaxAttempts = 1);
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient("orders");
        await registry.PassingAsync("orders", 2);

        var failures = new ConcurrentQueue<string>();
        var calls = 0;
        using var end = new CancellationTokenSource();
        var load = Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                try
                {
                    using var answer = await client.PostAsync("http://orders/", new StringContent("x"));
                    answer.EnsureSuccessStatusCode();
                    Interlocked.Increment(ref calls);
                }
                catch (HttpRequestException e)
                {
                    failures.Enqueue(e.ToString());
                }
            }
        })).ToArray();

        for (var round = 0; round < 3; round++)
        {
            var before = Volatile.Read(ref calls);
            await Eventually.TrueAsync(() => Volatile.Read(ref calls) > before + 200, TimeSpan.FromSeconds(30));
            hosts.Enqueue(await InstanceAsync(registry));
            await registry.PassingAsync("orders", 3);
            await using var old = hosts.Dequeue();
            await old.StopAsync();
        }

        await end.CancelAsync();
        await Task.WhenAll(load).WithinAsync(TimeSpan.FromSeconds(30));
        Assert.True(failures.IsEmpty, $"{failures.Count} of {calls + failures.Count} calls failed: {failures.FirstOrDefault()}");
        foreach (var host in hosts)
        {
            await host.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task CallInFlight_IsFinished_AndTheServiceIsGoneWhileItStillRuns(string agent)
    {
        await using var registry = await TestRegistry.StartAsync(agent);
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await TestHost.StartAsync(registry, "a", handler: async context =>
        {
            entered.SetResult();
            await release.Task;
            await context.Response.WriteAsync("done");
        });
        await Eventually.TrueAsync(() => host.State.IsSettled);
        var service = (await registry.Client.Agent.ServiceAsync(host.State.ServiceId!)).Value!;
        using var http = new HttpClient();
        var call = http.GetStringAsync($"http://{service.Address}:{service.Port}/");
        await entered.Task.WithinAsync();

        var stop = host.StopAsync();
        await Eventually.TrueAsync(async () => !(await registry.Client.Agent.ServiceAsync(service.Id)).Found);
        Assert.False(stop.IsCompleted);
        release.SetResult();
        Assert.Equal("done", await call.WithinAsync());
        await stop.WithinAsync();
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task DrainDelay_ServerStillTakesCallsAfterDeregistering(string agent)
    {
        var clock = new FakeTimeProvider();
        await using var registry = await TestRegistry.StartAsync(agent);
        await using var host = await TestHost.StartAsync(registry, "a", o => o.DrainDelay = TimeSpan.FromSeconds(20), s => s.AddSingleton<TimeProvider>(clock));
        await Eventually.TrueAsync(() => host.State.IsSettled);
        var service = (await registry.Client.Agent.ServiceAsync(host.State.ServiceId!)).Value!;
        var stop = host.StopAsync();
        await clock.WaitForTimerDueInAsync(TimeSpan.FromSeconds(20));
        Assert.False((await registry.Client.Agent.ServiceAsync(service.Id)).Found);
        clock.Advance(TimeSpan.FromSeconds(19.9));
        using var http = new HttpClient();
        Assert.Equal("ok", await http.GetStringAsync($"http://{service.Address}:{service.Port}/").WithinAsync());
        clock.Advance(TimeSpan.FromSeconds(0.1));
        await stop.WithinAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync($"http://{service.Address}:{service.Port}/").WithinAsync());
    }

    [Fact]
    public async Task StoppedTwice_DrainsOnce_AndBothWaitForIt()
    {
        var clock = new FakeTimeProvider();
        await using var registry = await TestRegistry.StartAsync("embedded");
        await using var host = await TestHost.StartAsync(registry, "a", o => o.DrainDelay = TimeSpan.FromSeconds(20), s => s.AddSingleton<TimeProvider>(clock));
        await Eventually.TrueAsync(() => host.State.IsSettled);
        var first = host.StopAsync();
        await clock.WaitForTimerDueInAsync(TimeSpan.FromSeconds(20));
        clock.Advance(TimeSpan.FromSeconds(19));

        // When the call returns it is inside, and the clock stands still.
        var second = host.DrainAsync();
        Assert.False(second.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));
        await Task.WhenAll(first, second).WithinAsync();
        Assert.Single(host.Log.Entries, e => e.Message.StartsWith("Deregistered", StringComparison.Ordinal));
    }

    [Fact]
    public async Task DrainDelayThatTakesAllOfTheShutdown_IsAWarningAtTheStart()
    {
        await using var registry = await TestRegistry.StartAsync("embedded");
        await using var host = await TestHost.StartAsync(
            registry,
            "a",
            o => o.DrainDelay = TimeSpan.FromSeconds(1),
            s => s.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(1)));
        var told = Assert.Single(host.Log.Entries, e => e.Level == LogLevel.Warning && e.Message.Contains("DrainDelay", StringComparison.Ordinal));
        Assert.Contains("ShutdownTimeout", told.Message, StringComparison.Ordinal);
    }

    private static Task<TestHost> InstanceAsync(TestRegistry registry) => TestHost.StartAsync(
        registry,
        "orders",
        o => o.DrainDelay = TimeSpan.FromSeconds(1),
        handler: async context =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            await context.Response.WriteAsync("ok");
        });
}
