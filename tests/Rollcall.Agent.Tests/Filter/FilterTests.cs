using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Rollcall.Agent.Filter;
using Rollcall.Agent.Http;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Tests.Filter;

public sealed class FilterTests
{
    private static readonly ServiceInstance s_instance = new(
        new CatalogNode { Node = "dev1", Address = "127.0.0.1", Meta = new Dictionary<string, string> { ["rack"] = "r1" } },
        new NodeService { Id = "full-1", Service = "full", Tags = ["a", "b"], Port = 80, Meta = new Dictionary<string, string> { ["z"] = "v" } },
        ImmutableSortedDictionary<string, HealthCheck>.Empty.Add("serf", new HealthCheck { CheckId = "serf", Status = "passing" }),
        ImmutableSortedDictionary<string, HealthCheck>.Empty.Add("c", new HealthCheck { CheckId = "c", Status = "critical" }));

    [Theory]
    [InlineData("Service.ID == \"full-1\"", true)]
    [InlineData("Service.ID != `full-1`", false)]
    [InlineData("a in Service.Tags", true)]
    [InlineData("\"a\" not in Service.Tags", false)]
    [InlineData("Service.Tags contains c", false)]
    [InlineData("Service.Tags not contains c", true)]
    [InlineData("Service.Tags is empty", false)]
    [InlineData("Service.Tags is not empty", true)]
    [InlineData("Service.Meta.z == v", true)]
    [InlineData("Service.Meta[\"z\"] == v", true)]
    [InlineData("Service.Meta.nope == v", false)]
    [InlineData("Service.Meta.nope != v", true)]
    [InlineData("Service.Meta.nope matches v", true)]
    [InlineData("Service.Meta.nope not matches v", true)]
    [InlineData("v in Service.Meta.nope", false)]
    [InlineData("v not in Service.Meta.nope", true)]
    [InlineData("z in Service.Meta", true)]
    [InlineData("Service.Port==80", true)]
    [InlineData("Service.ID matches \"^full-[0-9]$\"", true)]
    [InlineData("Service.ID not matches \"^z\"", true)]
    [InlineData("full in Service.ID", true)]
    [InlineData("Checks.Status == critical", true)]
    [InlineData("Checks.Status != critical", true)]
    [InlineData("Checks is empty", false)]
    [InlineData("not Service.ID == x", true)]
    [InlineData("(Service.ID == x or Service.Port == 80) and Node.Node == dev1", true)]
    [InlineData("Service.ID == x or Service.ID == \"full-1\" and Node.Node == q", false)]
    [InlineData("Service.EnableTagOverride == false", true)]
    [InlineData("Service.ID == \"\\x66ull\\u002d1\"", true)]
    [InlineData("Service.ID == `\\x66ull-1`", false)]
    [InlineData("not\n( Service.ID==x )\tand (Service.Port==80) ", true)]
    [InlineData("Service.Connect.Native == false", true)]
    [InlineData("Service.Proxy.DestinationServiceName == \"\"", true)]
    [InlineData("Service.Proxy.Upstreams is empty", true)]
    [InlineData("Service.Proxy.Upstreams.LocalBindPort != 0", false)]
    [InlineData("not in Service.Tags", false)]
    [InlineData("not not in Service.Tags", true)]
    [InlineData("not not not in Service.Tags", false)]
    [InlineData("not in in Service.Tags", true)]
    [InlineData("(not in Service.Tags or not not in Service.Tags) and Service.Port == 80", true)]
    [InlineData("", true)]
    public void Filter_LetsThroughWhatConsulDoes(string text, bool expected)
    {
        var matches = FilterCompiler.TryCompile(text, CatalogFields.Health, out var error, out _);

        Assert.Equal("", error);
        Assert.Equal(expected, matches!(s_instance));
    }

    [Theory]
    [InlineData("Service.Port == abc", "Failed to coerce value \"abc\" for selector \"Service.Port\": strconv.ParseInt: parsing \"abc\": invalid syntax")]
    [InlineData("Service.Bogus == a", "Selector \"Service.Bogus\" is not valid")]
    [InlineData("service.ID == a", "Selector \"service\" is not valid")]
    [InlineData("Service.Tags == a", "Invalid match operator \"Equal\" for selector \"Service.Tags\"")]
    [InlineData("Service.ID is empty", "Invalid match operator \"Is Empty\" for selector \"Service.ID\"")]
    [InlineData("not(a == b)", "1:4 (3): no match found, expected: \"!=\", \".\", \"==\", \"[\", [ \\t\\r\\n] or [a-zA-Z0-9_]")]
    [InlineData("(a == b)or (a == b)", "1:9 (8): no match found, expected: [ \\t\\r\\n] or EOF")]
    [InlineData("(a == b) or(a == b)", "1:12 (11): no match found, expected: [ \\t\\r\\n]")]
    [InlineData("a matches\"b\"", "1:10 (9): no match found, expected: [ \\t\\r\\n]")]
    [InlineData("a == \"b\\\"c\"", "1:6 (5): rule \"string\": invalid syntax")]
    [InlineData("Service is empty", "Invalid match operator \"Is Empty\" for selector \"Service\"")]
    [InlineData("Service.Connect is empty", "Invalid match operator \"Is Empty\" for selector \"Service.Connect\"")]
    [InlineData("Service.Proxy.Nope == 1", "Selector \"Service.Proxy.Nope\" is not valid")]
    [InlineData("a ==", "1:5 (4): no match found, expected: \"-\", \"0\", \"\\\"\", \"`\", [ \\t\\r\\n], [1-9] or [a-zA-Z]")]
    [InlineData("a == \"b", "1:8 (7): rule \"string\": Unterminated string literal")]
    [InlineData("(a == b", "1:8 (7): rule \"grouping\": Unmatched parentheses")]
    [InlineData("Service.Service == 1.", "1:21 (20): rule \"number\": Invalid number literal")]
    [InlineData("Service.Service == 1.a", "1:21 (20): rule \"number\": Invalid number literal")]
    [InlineData("Service.Service == 1.5.", "1:23 (22): rule \"number\": Invalid number literal")]
    [InlineData("not Service.Service == 1.", "1:25 (24): rule \"number\": Invalid number literal")]
    [InlineData("not == x", "Selector \"not\" is not valid")]
    [InlineData("not is empty", "Selector \"not\" is not valid")]
    [InlineData("not in == x", "Selector \"in\" is not valid")]
    [InlineData("not a", "1:6 (5): no match found, expected: \"!=\", \".\", \"==\", \"[\", [ \\t\\r\\n] or [a-zA-Z0-9_]")]
    [InlineData("not not in", "1:11 (10): no match found, expected: \"!=\", \".\", \"==\", \"[\", [ \\t\\r\\n] or [a-zA-Z0-9_]")]
    [InlineData("not in a b", "1:10 (9): no match found, expected: \"and\", \"or\", [ \\t\\r\\n] or EOF")]
    [InlineData("not (a == b", "1:12 (11): rule \"grouping\": Unmatched parentheses")]
    [InlineData("a == b c", "1:8 (7): no match found, expected: \"and\", \"or\", [ \\t\\r\\n] or EOF")]
    public void BadFilter_IsRefusedInConsulsWords(string text, string expected)
    {
        Assert.Null(FilterCompiler.TryCompile(text, CatalogFields.Health, out var error, out _));
        Assert.Equal("Failed to create boolean expression evaluator: " + expected, error);
    }

    [Theory]
    [InlineData(" or ", "Node.Node == dev2", "Node.Node == dev1")]
    [InlineData(" and ", "Node.Node == dev1", "Node.Node == dev1")]
    public void ManyTerms_TakeNoStackForEach(string word, string term, string last)
    {
        var matches = FilterCompiler.TryCompile(string.Concat(Enumerable.Repeat(term + word, 200_000)) + last, CatalogFields.Health, out var error, out _);

        Assert.Equal("", error);
        Assert.True(matches!(s_instance));
    }

    [Fact]
    public void HostileFilter_IsRefusedWithoutHarm()
    {
        Assert.Null(FilterCompiler.TryCompile(new string('(', 100_000), CatalogFields.Health, out _, out _));
        Assert.Null(FilterCompiler.TryCompile(string.Concat(Enumerable.Repeat("not ", 100_000)), CatalogFields.Health, out _, out _));
        Assert.Null(FilterCompiler.TryCompile(string.Concat(Enumerable.Repeat("not ", 99)) + "x", CatalogFields.Health, out _, out _));
        Assert.Null(FilterCompiler.TryCompile("Service.ID matches \"(\"", CatalogFields.Health, out _, out _));
    }

    [Theory]
    [InlineData("Checks.Output matches \"[ab]*a[ab]{990}c\" or Checks.Output matches \"[ab]*a[ab]{990}d\"", true)]
    [InlineData("Checks.Output matches \"[ab]*a[ab]{990}c\" or Checks.Output matches \"[ab]*a[ab]{990}d\" or Node.Node matches \"^dev-[0-9]{10}$\"", false)]
    [InlineData("Node.Node matches \"[ab]*a([ab]{990}|[ab]{990}|[ab]{990})c\"", false)]
    public void PatternsThatAreLargeTogether_AreRefused(string text, bool taken)
    {
        var matches = FilterCompiler.TryCompile(text, CatalogFields.Health, out var error, out _);

        Assert.Equal(taken, matches is not null);
        Assert.Equal(
            taken ? "" : "Failed to create boolean expression evaluator: Regular expressions of a filter may have 2000 characters together, repetitions written out: use shorter ones, or ask several times",
            error);
        Assert.NotNull(FilterCompiler.TryCompileSelector(text, CatalogFields.Health, out _));
    }

    [Fact]
    public async Task FilterOfAClientThatIsGone_Ends()
    {
        using var gone = new CancellationTokenSource();
        Assert.True(RequestTarget.TryParse("/v1/health/service/full?filter=Service.Port==80", out var target));
        var request = new AgentRequest(new DefaultHttpContext { RequestAborted = gone.Token }, target, "full");
        var matches = request.Filter(CatalogFields.Health, out var error);
        Assert.Equal("", error);
        Assert.True(matches!(s_instance));

        await gone.CancelAsync();

        Assert.Throws<OperationCanceledException>(() => matches(s_instance));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("?filter=", false)]
    [InlineData("?filter=Service.Port==80", true)]
    public void RequestWithoutAFilter_IsNotAskedWhetherItsClientIsGone(string query, bool asks)
    {
        Assert.True(RequestTarget.TryParse($"/v1/health/service/full{query}", out var target));
        var context = new DefaultHttpContext();
        var lifetime = new CountingLifetime();
        context.Features.Set<IHttpRequestLifetimeFeature>(lifetime);
        var request = new AgentRequest(context, target, "full");

        var matches = request.Filter(CatalogFields.Health, out _);

        Assert.True(matches!(s_instance));
        Assert.Equal(asks, lifetime.Asked > 0);

        // And makes nothing of its own.
        Assert.Equal(!asks, ReferenceEquals(matches, request.Filter(CatalogFields.Health, out _)));
    }

    [Fact]
    public async Task FilterOverHttp_NarrowsEachKindOfAnswer()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("agent/service/register", """{"Name":"web","ID":"w1","Tags":["v1"],"Check":{"TTL":"10m"}}""");
        await agent.PutAsync("agent/service/register", """{"Name":"web","ID":"w2","Tags":["v2"]}""");

        foreach (var (path, filter) in new[]
        {
            ("health/service/web", "Service.Tags contains v1"),
            ("catalog/service/web", "ServiceTags contains v1"),
            ("agent/services", "Tags contains v1"),
            ("catalog/node/n1", "Tags contains v1"),
        })
        {
            var answer = await agent.GetAsync($"{path}?filter={Uri.EscapeDataString(filter)}");
            Assert.Contains("\"w1\"", answer.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("\"w2\"", answer.Body, StringComparison.Ordinal);
        }

        var bad = await agent.GetAsync("health/service/web?filter=Bogus%20%3D%3D%20x");
        Assert.Equal((500, 1UL), ((int)bad.Status, bad.Index));
    }

    private sealed class CountingLifetime : IHttpRequestLifetimeFeature
    {
        public int Asked { get; private set; }

        public CancellationToken RequestAborted
        {
            get
            {
                Asked++;
                return CancellationToken.None;
            }

            set => throw new NotSupportedException();
        }

        public void Abort() => throw new NotSupportedException();
    }
}
