using Rollcall.Dns;
using Rollcall.Dns.Records;

namespace Rollcall.Agent.Dns;

/// <summary>Hosts outside the zone that stand in an answer, with what other servers said of them. Used by one thread at a time.</summary>
internal sealed class ForeignHosts
{
    private readonly Dictionary<string, IReadOnlyList<DnsRecord>> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _wanted = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Those that were looked for in vain since <see cref="Begin"/>.</summary>
    public IReadOnlyCollection<string> Wanted => _wanted;

    /// <summary>A new answer begins.</summary>
    public void Begin() => _wanted.Clear();

    /// <summary>What a server said; empty: that there is nothing, or no server answered.</summary>
    public void Add(string name, IReadOnlyList<DnsRecord> records) => _known[name] = records;

    /// <returns>Empty also while it is not known: then it is wanted from now on.</returns>
    public IReadOnlyList<DnsRecord> Find(scoped DnsName host)
    {
        var name = host.ToString();
        if (_known.TryGetValue(name, out var records))
        {
            return records;
        }

        _wanted.Add(name);
        return [];
    }
}
