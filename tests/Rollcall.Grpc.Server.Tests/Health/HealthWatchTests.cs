using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Rollcall.Grpc.Server.Health;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Rollcall.Grpc.Server.Tests.Health;

/// <summary>Watches and the reports that health checks are published in, by hand here.</summary>
public sealed class HealthWatchTests : IAsyncLifetime
{
    private readonly Dictionary<string, HealthStatus> _now = new() { ["database"] = HealthStatus.Healthy, ["queue"] = HealthStatus.Healthy };
    private int _checks;
    private GrpcTestServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await GrpcTestServer.StartAsync(
            services: services =>
            {
                services.AddGrpcHealthChecks(options => options.Services.MapService("queue", check => check.Name == "queue"))
                    .AddCheck("database", () => Run("database"))
                    .AddCheck("queue", () => Run("queue"));
                services.Configure<HealthCheckPublisherOptions>(options => options.Delay = TimeSpan.FromDays(1));
            },
            map: app => app.MapGrpcHealthChecksService());
        _server.Logs.Expect(entry => entry.Category.StartsWith("Microsoft.Extensions.Diagnostics.HealthChecks", StringComparison.Ordinal));
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task ReportsThatAreEqual_AreWhatAWatchBetweenThemTells()
    {
        await PublishAsync();
        _now["database"] = HealthStatus.Unhealthy;
        await using var watch = await HealthWatch.OpenAsync(_server);
        var first = await watch.ReadAsync();
        _now["database"] = HealthStatus.Healthy;
        await PublishAsync();

        Assert.Equal(ServingStatus.Serving, first == ServingStatus.Serving ? first : await watch.ReadAsync());
    }

    [Fact]
    public async Task StatusBeforeTheFirstReport_IsThatOfTheChecksAndThenOfTheReport()
    {
        _now["queue"] = HealthStatus.Unhealthy;
        await using var watch = await HealthWatch.OpenAsync(_server);
        Assert.Equal(ServingStatus.NotServing, await watch.ReadAsync());

        _now["queue"] = HealthStatus.Healthy;
        await PublishAsync();

        Assert.Equal(ServingStatus.Serving, await watch.ReadAsync());
    }

    [Fact]
    public async Task Report_RunsNoCheckForThoseWhoWatch()
    {
        var watches = new List<HealthWatch>();
        for (var i = 0; i < 50; i++)
        {
            watches.Add(await HealthWatch.OpenAsync(_server));
            Assert.Equal(ServingStatus.Serving, await watches[i].ReadAsync());
        }

        Assert.Equal(100, Volatile.Read(ref _checks));
        await PublishAsync(("database", HealthStatus.Unhealthy), ("queue", HealthStatus.Healthy));

        foreach (var watch in watches)
        {
            Assert.Equal(ServingStatus.NotServing, await watch.ReadAsync());
            await watch.DisposeAsync();
        }

        Assert.Equal(100, Volatile.Read(ref _checks));
    }

    // As of checks with a period of their own.
    [Fact]
    public async Task ReportOfSomeChecks_LeavesTheOthersAsTheyWere()
    {
        await PublishAsync(("database", HealthStatus.Healthy));
        await PublishAsync(("queue", HealthStatus.Unhealthy));
        await using var whole = await HealthWatch.OpenAsync(_server);
        await using var queue = await HealthWatch.OpenAsync(_server, "queue");
        Assert.Equal(ServingStatus.NotServing, await whole.ReadAsync());
        Assert.Equal(ServingStatus.NotServing, await queue.ReadAsync());

        await PublishAsync(("database", HealthStatus.Unhealthy));
        await PublishAsync(("queue", HealthStatus.Healthy));
        Assert.Equal(ServingStatus.Serving, await queue.ReadAsync());
        await PublishAsync(("database", HealthStatus.Degraded));

        Assert.Equal(ServingStatus.Serving, await whole.ReadAsync());
        Assert.Equal(0, _checks);
    }

    [Fact]
    public async Task CheckThatIsNotPublished_RunsForTheWatchAlone()
    {
        await PublishAsync(("database", HealthStatus.Healthy));
        _now["queue"] = HealthStatus.Unhealthy;
        await using var watch = await HealthWatch.OpenAsync(_server);

        Assert.Equal(ServingStatus.NotServing, await watch.ReadAsync());
        Assert.Equal(1, _checks);
    }

    private HealthCheckResult Run(string check)
    {
        Interlocked.Increment(ref _checks);
        return new HealthCheckResult(_now[check]);
    }

    private Task PublishAsync() => PublishAsync([.. _now.Select(check => (check.Key, check.Value))]);

    private Task PublishAsync(params (string Check, HealthStatus Status)[] entries)
    {
        var report = new HealthReport(
            entries.ToDictionary(entry => entry.Check, entry => new HealthReportEntry(entry.Status, null, TimeSpan.Zero, null, null)), TimeSpan.Zero);
        return Assert.Single(_server.Services.GetServices<IHealthCheckPublisher>()).PublishAsync(report, CancellationToken.None).WithinAsync();
    }
}
