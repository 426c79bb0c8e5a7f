namespace Rollcall.Agent.Store.Records;

/// <summary>A query that is stored under a name. Null lists and maps were not given.</summary>
public sealed record PreparedQuery
{
    /// <summary>The one type of template: the query answers to every name that begins with its own.</summary>
    public const string PrefixMatch = "name_prefix_match";

    /// <summary>A UUID.</summary>
    public string Id { get; init; } = "";

    public string Name { get; init; } = "";

    /// <summary>The query goes with this session. Empty: none.</summary>
    public string Session { get; init; } = "";

    /// <summary>What it is executed with. Never logged.</summary>
    public string Token { get; init; } = "";

    public string TemplateType { get; init; } = "";

    public string TemplateRegexp { get; init; } = "";

    public bool RemoveEmptyTags { get; init; }

    public string Service { get; init; } = "";

    /// <summary>How many of the nearest datacenters to ask when there is nothing here.</summary>
    public int NearestN { get; init; }

    /// <summary>Which datacenters to ask after those.</summary>
    public IReadOnlyList<string>? Datacenters { get; init; }

    /// <summary>Instances with warnings are left out, too.</summary>
    public bool OnlyPassing { get; init; }

    public IReadOnlyList<string>? IgnoreCheckIds { get; init; }

    /// <summary>The node to sort by distance to; empty: random order.</summary>
    public string Near { get; init; } = "";

    /// <summary>All of them, without those that begin with an exclamation mark.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    public IReadOnlyDictionary<string, string>? NodeMeta { get; init; }

    public IReadOnlyDictionary<string, string>? ServiceMeta { get; init; }

    /// <summary>Only instances in the mesh.</summary>
    public bool Connect { get; init; }

    /// <summary>How long DNS clients may keep the answer.</summary>
    public string DnsTtl { get; init; } = "";

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }

    public bool IsTemplate => TemplateType.Length > 0;
}
