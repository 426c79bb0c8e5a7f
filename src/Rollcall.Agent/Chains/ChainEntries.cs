using Rollcall.Agent.ConfigEntries;
using Rollcall.Agent.Go;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Chains;

/// <summary>Config entries, each read once. Used by one thread.</summary>
internal sealed class ChainEntries(Table<ConfigEntry> entries)
{
    private readonly Dictionary<string, GoValue> _read = new(StringComparer.Ordinal);

    public Table<ConfigEntry> Table { get; } = entries;

    /// <summary>The fields of an entry; <see cref="GoValue.Null"/>: there is none.</summary>
    public GoValue Find(string kind, string name)
    {
        var key = ConfigEntry.KeyOf(kind, name);
        if (!_read.TryGetValue(key, out var fields))
        {
            _read[key] = fields = Table.Find(key) is { } entry ? ConfigReader.FieldsOf(entry) : GoValue.Null;
        }

        return fields;
    }

    /// <summary>The protocol that a service speaks: what its own entry says, or without one what the settings of all proxies say.</summary>
    public string ProtocolOf(string service)
    {
        var own = Find(ConfigKinds.ServiceDefaults, service);
        var protocol = own.Kind != GoKind.Null
            ? own["Protocol"].Text
            : Find(ConfigKinds.ProxyDefaults, ConfigKinds.Global)["Config"].Members.LastOrDefault(static member => member.Key.Equals("protocol", StringComparison.OrdinalIgnoreCase)).Value?.Text ?? "";
        return protocol.Length == 0 ? "tcp" : protocol.ToLowerInvariant();
    }
}
