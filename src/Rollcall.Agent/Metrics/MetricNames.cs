namespace Rollcall.Agent.Metrics;

/// <summary>What measurements are called for those who read them, and which of them are told: <c>telemetry</c> of a configuration, as Consul's library for them heeds it.</summary>
/// <param name="Prefix">What the names begin with; empty: with nothing.</param>
/// <param name="Filter">Prefixes of names, each after <c>+</c> (told) or <c>-</c> (not told); the longest one counts.</param>
/// <param name="TellsOthers">Whether what none of them is about is told.</param>
/// <param name="HasHost">Whether the machine's name stands in those of gauges.</param>
internal sealed record MetricNames(string Prefix, IReadOnlyList<string> Filter, bool TellsOthers, bool HasHost)
{
    // What Consul measures is called so in this program. The agent's own measurements keep their names.
    private const string Consul = "consul.";

    public static readonly MetricNames Default = new("consul", [], TellsOthers: true, HasHost: false);

    /// <summary>What a gauge is called; null: it is not told.</summary>
    public string? OfGauge(string name) => Told(HasHost ? Prefixed(name, $"{System.Net.Dns.GetHostName()}.") : Prefixed(name));

    /// <summary>What anything else is called; null: it is not told.</summary>
    public string? Of(string name) => Told(Prefixed(name));

    private string Prefixed(string name, string host = "") =>
        name.StartsWith(Consul, StringComparison.Ordinal) ? $"{(Prefix.Length > 0 ? $"{Prefix}." : "")}{host}{name[Consul.Length..]}" : name;

    private string? Told(string name)
    {
        var told = TellsOthers;
        var longest = -1;
        foreach (var rule in Filter)
        {
            // Of the same prefix, what is not to be told counts.
            if (name.StartsWith(rule[1..], StringComparison.Ordinal) && (rule.Length > longest || (rule.Length == longest && rule[0] == '-')))
            {
                (longest, told) = (rule.Length, rule[0] == '+');
            }
        }

        return told ? name : null;
    }
}
