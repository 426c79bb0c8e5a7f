namespace Rollcall.Agent.Store.Records;

/// <summary>What Consul's mesh is to know of a service, or of all: kept for those who ask, used by nobody here.</summary>
public sealed record ConfigEntry
{
    public string Kind { get; init; } = "";

    public string Name { get; init; } = "";

    /// <summary>All else, in the form in which it is shown: a JSON object.</summary>
    public string Fields { get; init; } = "{}";

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }

    /// <summary>The key of an entry among all. Names compare without case.</summary>
    public static string KeyOf(string kind, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return $"{kind}\0{name.ToLowerInvariant()}";
    }
}
