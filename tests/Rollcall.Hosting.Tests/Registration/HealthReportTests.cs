using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Rollcall.Consul.Wire;
using Rollcall.Hosting.Health;
using Rollcall.TestKit;
using Rollcall.Testing;

namespace Rollcall.Hosting.Tests.Registration;

/// <summary>TTL checks by the health checks of the application.</summary>
public sealed class HealthReportTests
{
    private const string Update = "/v1/agent/check/update/";

    [Fact]
    public async Task HealthCheckOfItsOwnRegistration_IsNoReasonToWarnCallers()
    {
        var services = new ServiceCollection();
        services.AddServiceRegistration("a");
        services.AddHealthChecks().AddServiceRegistrationCheck();
        await using var provider = services.BuildServiceProvider();
        var health = provider.GetRequiredService<HealthCheckService>();
        await using var registration = await VirtualRegistration.StartAsync(
            o => o.Checks.Ttl(TimeSpan.FromSeconds(15), async token => await health.CheckHealthAsync(token)));
        provider.GetRequiredService<ServiceRegistrations>().Loops = [registration.Loop];
        registration.Log.Expect(IsRefusal);
        await Eventually.TrueAsync(async () => await registration.StatusAsync() == CheckStatus.Passing);

        // An agent that has lost it, as it is asked for a heartbeat before the look is over.
        await registration.Agent.WipeAsync().WithinAsync();
        var sent = registration.Requests(Update).Count;
        await registration.Clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(100), () => registration.Requests(Update).Count > sent + 1);

        // One that refuses its list, which lasts.
        using var refused = registration.Agent.Inject(AgentFault.Status(HttpStatusCode.Forbidden), "/v1/agent/checks");
        await registration.Clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(250), () => registration.Log.Entries.Any(IsRefusal));
        sent = registration.Requests(Update).Count;
        await registration.Clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(250), () => registration.Requests(Update).Count > sent + 2);

        Assert.Equal(HealthStatus.Degraded, (await health.CheckHealthAsync().WithinAsync()).Status);
        Assert.All(registration.Requests(Update), static update => Assert.Contains("\"passing\"", update, StringComparison.Ordinal));
        registration.Log.AssertNoErrors();
    }

    [Theory]
    [InlineData(HealthStatus.Healthy, "")]
    [InlineData(HealthStatus.Degraded, "\"disk: Degraded. full\"")]
    [InlineData(HealthStatus.Unhealthy, "\"disk: Unhealthy. full\"")]
    public async Task HealthReport_IsAsBadAsTheWorstOfWhatElseItTells(HealthStatus status, string output)
    {
        HealthReportEntry Entry(HealthStatus health, string description, params string[] tags) => new(health, description, TimeSpan.Zero, null, null, tags);
        var report = new HealthReport(
            new Dictionary<string, HealthReportEntry>
            {
                ["registration"] = Entry(HealthStatus.Unhealthy, "is absent", "ops", ServiceRegistrationCheck.Tag),
                ["disk"] = Entry(status, "full"),
            },
            TimeSpan.Zero);

        await using var registration = await VirtualRegistration.StartAsync(o => o.Checks.Ttl(TimeSpan.FromSeconds(15), _ => ValueTask.FromResult(report)));
        await Eventually.TrueAsync(() => registration.Requests(Update).Count == 1);

        var sent = registration.Requests(Update)[0];
        Assert.Contains(status switch { HealthStatus.Healthy => "\"passing\"", HealthStatus.Degraded => "\"warning\"", _ => "\"critical\"" }, sent, StringComparison.Ordinal);
        Assert.Contains(output, sent, StringComparison.Ordinal);
        Assert.DoesNotContain("registration", sent, StringComparison.Ordinal);
    }

    private static bool IsRefusal(LogEntry entry) => entry.Level == LogLevel.Error && entry.Message.StartsWith("The agent refuses", StringComparison.Ordinal);
}
