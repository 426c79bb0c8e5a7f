using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Rollcall.Consul;
using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Consul.Tests;

public sealed class ConsulDirectoriesTests
{
    private static ConsulClientOptions Options(string address, string? token = null) => new() { Address = new Uri(address), Token = token };

    [Fact]
    public async Task SameConsul_SharesOneDirectoryUntilTheLastLeaseEnds()
    {
        var first = ConsulDirectories.Acquire(Options("http://127.0.0.1:2"));
        var second = ConsulDirectories.Acquire(Options("http://127.0.0.1:2/"));
        Assert.Same(first.Directory, second.Directory);

        await first.DisposeAsync();
        await first.DisposeAsync();
        var watch = second.Directory.Watch(new ServiceQuery("a"));
        watch.Dispose();
        second.Dispose();

        Assert.Throws<ObjectDisposedException>(() => second.Directory.Watch(new ServiceQuery("a")));
        await using var third = ConsulDirectories.Acquire(Options("http://127.0.0.1:2"));
        Assert.NotSame(first.Directory, third.Directory);
    }

    [Fact]
    public async Task OtherAddressOrToken_IsAnotherDirectory()
    {
        await using var one = ConsulDirectories.Acquire(Options("http://127.0.0.1:3"));
        await using var two = ConsulDirectories.Acquire(Options("http://127.0.0.1:4"));
        await using var three = ConsulDirectories.Acquire(Options("http://127.0.0.1:3", "t"));

        Assert.NotSame(one.Directory, two.Directory);
        Assert.NotSame(one.Directory, three.Directory);
    }

    // Who may pass the proxy is not known to whom it refuses.
    [Fact]
    public async Task OtherPasswordForTheProxy_IsAnotherDirectory()
    {
        await using var one = ConsulDirectories.Acquire(With("me:a"));
        await using var two = ConsulDirectories.Acquire(With("me:b"));
        await using var three = ConsulDirectories.Acquire(With("me:a"));

        Assert.NotSame(one.Directory, two.Directory);
        Assert.Same(one.Directory, three.Directory);

        static ConsulClientOptions With(string httpAuth)
        {
            var options = Options("http://127.0.0.1:7");
            options.HttpAuth = httpAuth;
            return options;
        }
    }

    [Fact]
    public async Task Directories_AreMeasuredAndDescribedWithoutAContainer()
    {
        ConcurrentBag<string> measured = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, l) =>
            {
                if (instrument.Name == "rollcall.discovery.watch.restarts")
                {
                    l.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => measured.Add((string)tags[0].Value!));
        listener.Start();
        await using var lease = ConsulDirectories.Acquire(Options("http://127.0.0.1:6"));

        await using var balancer = new ServiceBalancer(lease.Directory.Watch(new ServiceQuery("measured-by-hand")), BalancingPolicies.Find("random"));

        await Eventually.TrueAsync(() => measured.Contains("measured-by-hand"));
        var described = Assert.Single(ConsulDirectories.Describe(), static d => d.SourceName.EndsWith(":6", StringComparison.Ordinal));
        var service = Assert.Single(described.Services);
        Assert.Equal(("measured-by-hand", "random"), (service.Query.Name, Assert.Single(service.Callers).Policy));
        Assert.Null(service.Snapshot);
        Assert.Contains("can't be reached", service.Failure!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Storm_NobodyIsLentADirectoryThatIsEnding()
    {
        Task[] users =
        [
            .. Enumerable.Range(0, 8).Select(n => Task.Run(async () =>
            {
                for (var i = 0; i < 200; i++)
                {
                    var lease = ConsulDirectories.Acquire(Options("http://127.0.0.1:5"));
                    lease.Directory.Watch(new ServiceQuery("a")).Dispose();
                    if (n % 2 == 0) { await lease.DisposeAsync(); } else { lease.Dispose(); } }
            })),
        ];

        await Task.WhenAll(users).WithinAsync(TimeSpan.FromSeconds(30));
    }
}
