using Microsoft.Extensions.Diagnostics.HealthChecks;
using Rollcall.Consul.Wire;
using Rollcall.Hosting.Registration;

namespace Rollcall.Hosting.Tests.Registration;

public sealed class RegistrationPlannerTests
{
    private static readonly ServiceEndpoint s_endpoint = new("10.0.0.1", 81, false);

    [Fact]
    public void Id_IsNameHostAndPort()
    {
        Assert.Equal("a-10.0.0.1-81", Plan(_ => { }).Id);
        Assert.Equal("a-fe80..1-81", Plan(_ => { }, new("fe80::1", 81, false)).Id);
        Assert.Equal("own", Plan(o => o.Id = "own").Id);
    }

    [Fact]
    public void NoCheckConfigured_ATtlIsKeptUp()
    {
        var plan = Plan(_ => { });
        var check = Assert.Single(plan.Service.Checks!);
        Assert.Equal(("service:a-10.0.0.1-81:ttl", "15s", "passing", "1m0s"), (check.CheckId, check.Ttl, check.Status, check.DeregisterCriticalServiceAfter));
        var heartbeat = Assert.Single(plan.Heartbeats);
        Assert.Equal((check.CheckId, TimeSpan.FromSeconds(5)), (heartbeat.CheckId, heartbeat.Interval));
        Assert.Null(Plan(o => o.Checks.None()).Service.Checks);
    }

    [Fact]
    public void EveryKind_IsDescribed_AndOnlyTtlGetsHeartbeats()
    {
        var plan = Plan(o =>
        {
            o.Checks
                .Http("/health", TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1))
                .Http("http://other:1/x")
                .Grpc(TimeSpan.FromSeconds(4), service: "hello.Hello")
                .Tcp()
                .Ttl(TimeSpan.FromSeconds(9));
            o.DeregisterCriticalServiceAfter = TimeSpan.FromMinutes(5);
            o.PassingAtFirst = false;
        });
        var checks = plan.Service.Checks!;
        Assert.Equal(["http", "http2", "grpc", "tcp", "ttl"], checks.Select(c => c.CheckId!.Split(':')[^1]));
        Assert.Equal(("http://10.0.0.1:81/health", "3s", "1s"), (checks[0].Http, checks[0].Interval, checks[0].Timeout));
        Assert.Equal("http://other:1/x", checks[1].Http);
        Assert.Equal(("10.0.0.1:81/hello.Hello", null, "4s"), (checks[2].Grpc, checks[2].GrpcUseTls, checks[2].Interval));
        Assert.Equal("10.0.0.1:81", checks[3].Tcp);
        Assert.Equal(("9s", null), (checks[4].Ttl, checks[4].Interval));
        Assert.All(checks, c => Assert.Equal(("5m0s", "critical"), (c.DeregisterCriticalServiceAfter, c.Status)));
        Assert.Equal(new Heartbeat(checks[4].CheckId!, TimeSpan.FromSeconds(3), null), Assert.Single(plan.Heartbeats));
    }

    [Fact]
    public void Scheme_IsThatOfTheServer_UnlessItWasSetOrIsNotKnown()
    {
        var https = s_endpoint with { Scheme = "https" };

        Assert.Equal("https", Plan(_ => { }, https).Service.Meta!["scheme"]);
        Assert.Equal("http", Plan(o => o.Metadata["scheme"] = "http", https).Service.Meta!["scheme"]);
        Assert.Empty(Plan(_ => { }).Service.Meta!);

        // Consul takes 64, and what was set goes first.
        Assert.DoesNotContain("scheme", Plan(o => Enumerable.Range(0, 64).ToList().ForEach(i => o.Metadata[$"k{i}"] = ""), https).Service.Meta!.Keys);
    }

    [Fact]
    public void Ports_AreTaggedAddresses_AndWhatConsulAddsIsNoDifference()
    {
        var plan = Plan(o => o.Ports["metrics"] = 9100);
        var metrics = new ServiceAddress { Address = "10.0.0.1", Port = 9100 };
        Assert.Equal(metrics, Assert.Single(plan.Service.TaggedAddresses!).Value);

        var actual = new AgentService { Service = plan.Service.Name, Address = "10.0.0.1", Port = 81, Tags = [], Meta = new Dictionary<string, string>() };
        Assert.False(plan.Matches(actual));
        Assert.True(plan.Matches(actual with
        {
            TaggedAddresses = new Dictionary<string, ServiceAddress> { ["metrics"] = metrics, ["lan_ipv4"] = new() { Address = "10.0.0.1", Port = 81 } },
        }));
        Assert.False(plan.Matches(actual with { TaggedAddresses = new Dictionary<string, ServiceAddress> { ["metrics"] = metrics with { Port = 1 } } }));
    }

    [Fact]
    public void TlsServer_IsProbedWithTls()
    {
        var checks = Plan(
            o =>
            {
                o.Checks.Http("/h").Grpc();
                o.Checks.SkipTlsVerification = true;
            },
            new("::1", 81, true)).Service.Checks!;
        Assert.Equal(("https://[::1]:81/h", true), (checks[0].Http, checks[0].TlsSkipVerify));
        Assert.Equal(("[::1]:81", true, true), (checks[1].Grpc, checks[1].GrpcUseTls, checks[1].TlsSkipVerify));
    }

    [Theory]
    [InlineData(HealthStatus.Healthy, "passing", "")]
    [InlineData(HealthStatus.Degraded, "warning", "db: Degraded. slow")]
    [InlineData(HealthStatus.Unhealthy, "critical", "db: Unhealthy. slow")]
    public async Task HealthReport_BecomesAStatus(HealthStatus status, string expected, string output)
    {
        var entry = new HealthReportEntry(status, "slow", TimeSpan.FromSeconds(1), null, null);
        var report = new HealthReport(new Dictionary<string, HealthReportEntry> { ["db"] = entry }, TimeSpan.FromSeconds(1));
        var plan = Plan(o => o.Checks.Ttl(TimeSpan.FromSeconds(3), _ => ValueTask.FromResult(report)));
        Assert.Equal(new CheckUpdate { Status = expected, Output = output }, await plan.Heartbeats[0].Probe!(default));
    }

    [Fact]
    public void Matches_ComparesWhatWasDesired_NotWhatConsulAdds()
    {
        var plan = Plan(o =>
        {
            o.Tags.Add("t");
            o.Metadata["k"] = "v";
        });
        var actual = new AgentService
        {
            Id = plan.Id,
            Service = "a",
            Address = "10.0.0.1",
            Port = 81,
            Tags = ["t"],
            Meta = new Dictionary<string, string> { ["k"] = "v" },
            TaggedAddresses = new Dictionary<string, ServiceAddress> { ["lan_ipv4"] = new() },
        };
        Assert.True(plan.Matches(actual));
        Assert.False(plan.Matches(actual with { Port = 82 }));
        Assert.False(plan.Matches(actual with { Tags = [] }));
        Assert.False(plan.Matches(actual with { Meta = new Dictionary<string, string> { ["k"] = "w" } }));
        Assert.False(plan.Matches(actual with { Weights = new() { Passing = 2 } }));
        Assert.False(plan.Matches(actual with { Address = "10.0.0.2" }));
    }

    private static RegistrationPlan Plan(Action<ServiceRegistrationOptions> configure, ServiceEndpoint? endpoint = null)
    {
        var options = new ServiceRegistrationOptions { Name = "a" };
        configure(options);
        return RegistrationPlanner.Create(options, endpoint ?? s_endpoint);
    }
}
