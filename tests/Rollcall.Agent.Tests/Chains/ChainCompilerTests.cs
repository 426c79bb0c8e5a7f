using System.Collections.Immutable;
using System.Globalization;
using Rollcall.Agent.Chains;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Tests.Chains;

/// <summary>Chains that Consul was not asked for: the transcripts of the conformance tests have the others.</summary>
public class ChainCompilerTests
{
    [Fact]
    public void ServiceOfWhichNoEntrySaysAnything_IsItsOwnTarget()
    {
        var chain = Compile([], "web", out _)!;

        Assert.Equal("resolver:web.default.dc1", chain.Start);
        Assert.Equal("tcp", chain.Protocol);
        Assert.Equal(new ChainTarget("web", "", "default", "dc1"), Assert.Single(chain.Targets).Value);
    }

    [Fact]
    public void SplittersAfterSplitters_AreOneSplitter()
    {
        var chain = Compile([Http("a"), Http("b"), Http("c"), Splitter("a", ("b", 33.33), ("c", 66.67)), Splitter("b", ("c", 25), ("b", 75))], "a", out _)!;

        var splitter = Assert.IsType<ChainSplitter>(chain.Nodes[chain.Start]);
        Assert.Equal([8.33f, 25f, 66.67f], splitter.Splits.Select(static split => split.Weight));
        Assert.DoesNotContain("splitter:b.default", chain.Nodes.Keys);
    }

    [Fact]
    public void SplittersThatLeadToEachOther_AreRefused()
    {
        Assert.Null(Compile([Http("a"), Http("b"), Splitter("a", ("b", 100)), Splitter("b", ("a", 100))], "a", out var fault));

        Assert.Equal("detected circular reference: [splitter:a.default -> splitter:b.default -> splitter:a.default]", fault);
    }

    [Theory]
    [InlineData(ChainCompiler.MostNested, true)]
    [InlineData(ChainCompiler.MostNested + 1, false)]
    [InlineData(50_000, false)]
    public void SplittersOneAfterTheOther_AreLimited(int nested, bool isTaken)
    {
        var entries = Enumerable.Range(0, nested).SelectMany(static i => (ConfigEntry[])[Http(Name(i)), Splitter(Name(i), (Name(i + 1), 100))]).Append(Http(Name(nested)));

        Assert.Equal(isTaken, Compile(entries, Name(0), out var fault) is not null);
        Assert.Equal(isTaken, fault is null);

        static string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"s{i}");
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(60, false)]
    public void SplitsThatMultiply_AreLimited(int levels, bool isTaken)
    {
        // Each of two leads to the two below: 2 to the power of the levels ways.
        var entries = Enumerable.Range(0, levels).SelectMany(static i => (ConfigEntry[])
            [Http(Name('a', i)), Http(Name('b', i)), Splitter(Name('a', i), (Name('a', i + 1), 50), (Name('b', i + 1), 50)), Splitter(Name('b', i), (Name('a', i + 1), 50), (Name('b', i + 1), 50))]);

        Assert.Equal(isTaken, Compile([.. entries, Http(Name('a', levels)), Http(Name('b', levels))], "a0", out var fault) is not null);
        Assert.Equal(isTaken, fault is null);

        static string Name(char of, int i) => string.Create(CultureInfo.InvariantCulture, $"{of}{i}");
    }

    [Theory]
    [InlineData("", "http", "", "1a47f6e1")]
    [InlineData("", "", "6s", "68124da7")]
    [InlineData("local", "", "", "c225dc1c")]
    public void CustomizationHash_IsConsuls(string gateway, string protocol, string timeout, string hash) => Assert.Equal(hash, ChainHash.Of(new ChainOverrides(gateway, protocol, timeout)));

    private static DiscoveryChain? Compile(IEnumerable<ConfigEntry> entries, string service, out string? fault)
    {
        var rows = entries.ToImmutableSortedDictionary(static entry => ConfigEntry.KeyOf(entry.Kind, entry.Name), static entry => entry, StringComparer.Ordinal);
        return ChainCompiler.Compile(new ChainRequest(service, "dc1", "dc1"), new ChainEntries(new Table<ConfigEntry>(1, rows)), out fault);
    }

    private static ConfigEntry Http(string name) => new() { Kind = "service-defaults", Name = name, Fields = """{"Protocol":"http"}""" };

    private static ConfigEntry Splitter(string name, params (string Service, double Weight)[] splits) => new()
    {
        Kind = "service-splitter",
        Name = name,
        Fields = $$"""{"Splits":[{{string.Join(',', splits.Select(static split => string.Create(CultureInfo.InvariantCulture, $$"""{"Weight":{{split.Weight}},"Service":"{{split.Service}}"}""")))}}]}""",
    };
}
