using Rollcall.Cli.Commands.Explain;
using Rollcall.Cli.Commands.Explain.Callers;
using Rollcall.Consul;
using Rollcall.Discovery;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands.Explain.Callers;

public class CallerExplainerTests
{
    [Theory]
    [InlineData("suspect", "the caller believes it after a while", "while it doubts the registry's answer")]
    [InlineData("stale", "the agent that it asks or the servers behind that", "until it can read the registry again")]
    public void ListThatIsNotFresh_IsExplainedByItsFreshness(string freshness, string ofList, string ofExtra)
    {
        var findings = Explain(freshness, failure: null).Findings;

        Assert.Contains(ofList, Assert.Single(findings, static f => f.Code == FindingCode.CallerList).Advice, StringComparison.Ordinal);
        Assert.Contains(ofExtra, Assert.Single(findings, static f => f.Code == FindingCode.CallerExtra).Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RegistryThatDidNotAnswer_IsNotSaidToLackAnInstance()
    {
        using var client = new ConsulClient(new ConsulClientOptions { Address = new Uri($"http://127.0.0.1:{FreePort.Next()}") });
        var failure = await Assert.ThrowsAsync<ConsulException>(() => client.Status.LeaderAsync().WithinAsync());

        var findings = Explain("stale", failure).Findings;

        Assert.DoesNotContain(findings, static f => f.Code == FindingCode.CallerExtra);
        Assert.Contains(findings, static f => f.Code == FindingCode.CallerList);
    }

    [Theory]
    [InlineData(true, " (last failure from 10:04:11Z on: no route)")]
    [InlineData(false, " (last failure from 10:04:11Z on, over by now: no route)")]
    public async Task LastFailure_HasItsTime_AndWhetherItIsOver(bool isFailing, string expected)
    {
        var failure = new CallerReply.FailurePart { Reason = "no route", Since = new DateTimeOffset(2026, 5, 1, 10, 4, 11, TimeSpan.Zero) };
        var caller = Explain("fresh", failure: null, new CallerReply.WatchPart { Restarts = 7, Failure = isFailing ? failure : null, LastFailure = failure });
        var output = new StringWriter();

        await ExplanationText.WriteAsync(output, ServiceExplainer.Explain("orders", Registry(null), [], caller));

        Assert.Contains($"- orders: fresh, its watch started again 7 times{expected};", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void OtherQueriesOfTheCaller_AreNamed_AndOneThatFindsNothingIsAFault(bool finds)
    {
        var reply = new CallerReply
        {
            Services = [Part("orders", "a"), Part("orders?tag=v1", "a"), finds ? Part("orders?version=^2", "a") : Part("orders?version=^2")],
        };
        var a = new InstanceExplanation { Id = "a", Address = "10.0.0.1:80", Node = "n", Status = "passing", IsCalled = true, IsReachable = true, Findings = [] };

        var caller = new CallerExplainer(new CallerView(new Uri("http://127.0.0.1:1"), reply), Registry(null)).Explain([a]);

        Assert.Single(caller.Uses);
        var others = Assert.Single(caller.Findings, static f => f is { Code: FindingCode.CallerQuery, IsFault: false });
        Assert.Equal("the caller asks for orders?tag=v1 and orders?version=^2, too, which is explained by that name", others.Text);
        var faults = caller.Findings.Where(static f => f.IsFault).ToList();
        Assert.Equal(finds ? [] : ["a client of the caller asks for orders?version=^2, and finds no instance: no version fits"], faults.Select(static f => f.Text));
    }

    private static CallerReply.ServicePart Part(string query, params string[] instances) => new()
    {
        Service = "orders",
        Query = query,
        List = new CallerReply.ListPart { Freshness = "fresh", Note = instances.Length > 0 ? null : "no version fits." },
        Callers =
        [
            new CallerReply.CallerPart
            {
                Policy = "random",
                Instances = [.. instances.Select(static id => new CallerReply.InstancePart { Id = id, Address = "10.0.0.1:80", Standing = "picked", IsPicked = true })],
            },
        ],
    };

    private static CallerExplanation Explain(string freshness, ConsulException? failure, CallerReply.WatchPart? watch = null)
    {
        var reply = new CallerReply
        {
            Services =
            [
                new CallerReply.ServicePart
                {
                    Service = "orders",
                    Query = "orders",
                    List = new CallerReply.ListPart { Freshness = freshness, AgeSeconds = 3, Reason = "because" },
                    Watch = watch,
                    Callers = [new CallerReply.CallerPart { Policy = "random", Instances = [new CallerReply.InstancePart { Id = "a", Address = "10.0.0.1:80", Standing = "picked" }] }],
                },
            ],
        };
        return new CallerExplainer(new CallerView(new Uri("http://127.0.0.1:1"), reply), Registry(failure)).Explain([]);
    }

    private static RegistryView Registry(ConsulException? failure) =>
        new() { Source = "consul at http://127.0.0.1:2", Query = new ServiceQuery("orders"), HasToken = false, TokenOrigin = "nowhere", HasLeader = true, Failure = failure };
}
