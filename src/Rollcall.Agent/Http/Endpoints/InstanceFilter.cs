using Rollcall.Agent.Store.Catalog;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary>Which instances or nodes a client asked for, by tag and node metadata.</summary>
internal sealed class InstanceFilter
{
    private static readonly InstanceFilter s_all = new(default);

    private readonly List<string> _tags;
    private readonly List<(string Key, string Value)> _nodeMeta;

    private InstanceFilter(in Query query)
    {
        _tags = [.. query.All("tag")];
        _nodeMeta = [.. query.All("node-meta").Select(Split)];

        // Each part with its length, because a tag may hold whatever would separate it from the next.
        var parts = _tags.Concat(_nodeMeta.Select(pair => $"{pair.Key.Length}:{pair.Key}{pair.Value}")).Append(query["filter"]);
        View = $"{_tags.Count} {_nodeMeta.Count} {string.Concat(parts.Select(part => $"{part.Length}:{part}"))}";
    }

    /// <summary>
    /// Equal only for requests that ask for the same tags, node metadata and expression; part of the name under which an answer is kept.
    /// </summary>
    public string View { get; }

    public bool HasNodeMeta => _nodeMeta.Count > 0;

    /// <summary>What a query asks for. Most ask for all, and share one.</summary>
    public static InstanceFilter Of(in Query query) => query.Has("tag") || query.Has("node-meta") || query.Has("filter") ? new InstanceFilter(query) : s_all;

    /// <summary>Every tag has to be there, whatever its case, and every pair of node metadata.</summary>
    public bool Matches(ServiceInstance instance) =>
        _tags.TrueForAll(tag => instance.Service.Tags?.Contains(tag, StringComparer.OrdinalIgnoreCase) == true)
        && MatchesNode(instance.Node.Meta);

    public bool MatchesNode(IReadOnlyDictionary<string, string>? meta) =>
        _nodeMeta.TrueForAll(pair => meta is not null && meta.TryGetValue(pair.Key, out var value) && value == pair.Value);

    private static (string Key, string Value) Split(string pair)
    {
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (pair, "") : (pair[..colon], pair[(colon + 1)..]);
    }
}
