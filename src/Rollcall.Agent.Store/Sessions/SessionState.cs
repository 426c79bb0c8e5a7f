using System.Collections.Immutable;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Sessions;

/// <summary>Sessions, and what leads to them: the checks they depend on, the keys they hold. Immutable.</summary>
public sealed record SessionState
{
    internal static readonly ImmutableHashSet<string> NoKeys = ImmutableHashSet.Create<string>(StringComparer.Ordinal);
    internal static readonly ImmutableSortedSet<string> NoLocks = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    public static readonly SessionState Empty = new();

    private SessionState()
    {
    }

    /// <summary>Last commit that created or ended a session.</summary>
    public ulong Index { get; init; }

    /// <summary>By <see cref="SessionId.KeyOf"/>: in the order of their ids.</summary>
    public ImmutableSortedDictionary<string, Session> Sessions { get; init; } = Sorted.Empty<Session>();

    /// <summary>Keys of the sessions that depend on a node, or on one of its checks, by <see cref="DependencyKey"/>.</summary>
    internal ImmutableDictionary<string, ImmutableHashSet<string>> Dependents { get; init; } =
        ImmutableDictionary.Create<string, ImmutableHashSet<string>>(StringComparer.Ordinal);

    /// <summary>The locked keys of each session, by the session's key. A session that holds none is not in it.</summary>
    internal ImmutableDictionary<string, ImmutableSortedSet<string>> Held { get; init; } =
        ImmutableDictionary.Create<string, ImmutableSortedSet<string>>(StringComparer.Ordinal);

    /// <param name="id">An id in which <see cref="SessionId.Fault"/> finds nothing.</param>
    public Session? Find(string id) => Sessions.GetValueOrDefault(SessionId.KeyOf(id));

    /// <summary>The sessions of a node, in the order of their ids.</summary>
    public IEnumerable<Session> OfNode(string node)
    {
        var keys = Dependents.GetValueOrDefault(DependencyKey(CatalogKey.Of(node)));
        return keys is null ? [] : keys.Order(StringComparer.Ordinal).Select(key => Sessions[key]);
    }

    /// <summary>The checks that a session depends on.</summary>
    internal static IEnumerable<string> CheckIdsOf(Session session) =>
        (session.Checks ?? []).Concat(session.NodeChecks ?? []).Concat((session.ServiceChecks ?? []).Select(static check => check.Id));

    /// <summary>The keys of all that a session depends on.</summary>
    internal static IEnumerable<string> DependenciesOf(Session session)
    {
        var node = CatalogKey.Of(session.Node);
        return CheckIdsOf(session)
            .Select(check => DependencyKey(node, CatalogKey.Of(check)))
            .Append(DependencyKey(node))
            .Distinct(StringComparer.Ordinal);
    }

    internal static string DependencyKey(string nodeKey, string? checkKey = null) =>
        checkKey is null ? CatalogKey.OfNode(nodeKey) : CatalogKey.OnNode(nodeKey, checkKey);
}
