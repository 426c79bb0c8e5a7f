namespace Rollcall.Consul.Wire;

/// <summary>The answer of <c>catalog/node/:node</c>.</summary>
public sealed record NodeServices
{
    public CatalogNode? Node { get; init; }

    public IReadOnlyDictionary<string, NodeService>? Services { get; init; }
}
