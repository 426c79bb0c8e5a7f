using Rollcall.Agent.Store.Sessions;

namespace Rollcall.Agent.Store.Records;

/// <summary>Finds intentions. Names compare without case.</summary>
public static class IntentionLookup
{
    /// <param name="intentions">All of them.</param>
    /// <param name="id">An id in which <see cref="SessionId.Defect"/> finds nothing.</param>
    public static Intention? ById(Table<Intention> intentions, string id)
    {
        ArgumentNullException.ThrowIfNull(intentions);
        return intentions.Find(SessionId.KeyOf(id));
    }

    /// <summary>Those that decide come first; of the same precedence, in the order of their names.</summary>
    public static IEnumerable<Intention> InOrder(IEnumerable<Intention> intentions) => intentions
        .OrderByDescending(static one => one.Precedence)
        .ThenBy(static one => one.SourceNamespace, StringComparer.Ordinal)
        .ThenBy(static one => one.SourceName, StringComparer.Ordinal)
        .ThenBy(static one => one.DestinationNamespace, StringComparer.Ordinal)
        .ThenBy(static one => one.DestinationName, StringComparer.Ordinal);

    /// <summary>Those that are about calls from a service, in order.</summary>
    public static IEnumerable<Intention> OfSource(Table<Intention> intentions, string space, string name)
    {
        ArgumentNullException.ThrowIfNull(intentions);
        return InOrder(intentions.Rows.Values.Where(one => Covers(one.SourceNamespace, one.SourceName, space, name)));
    }

    /// <summary>Those that are about calls to a service, in order.</summary>
    public static IEnumerable<Intention> OfDestination(Table<Intention> intentions, string space, string name)
    {
        ArgumentNullException.ThrowIfNull(intentions);
        return InOrder(intentions.Rows.Values.Where(one => Covers(one.DestinationNamespace, one.DestinationName, space, name)));
    }

    /// <summary>The one that decides whether one service may call another; null: none is about them. Here the caller's name is compared with case.</summary>
    public static Intention? Deciding(Table<Intention> intentions, string sourceSpace, string source, string destinationSpace, string destination) =>
        OfDestination(intentions, destinationSpace, destination).FirstOrDefault(one =>
            (one.SourceNamespace == Intention.Wildcard || one.SourceNamespace == sourceSpace) && (one.SourceName == Intention.Wildcard || one.SourceName == source));

    /// <summary>One other than this between the same two services.</summary>
    internal static Intention? Other(Table<Intention> intentions, Intention intention) => intentions.Rows.Values.FirstOrDefault(other =>
        Same(other.SourceName, intention.SourceName) && Same(other.DestinationName, intention.DestinationName)
        && Same(other.SourceNamespace, intention.SourceNamespace) && Same(other.DestinationNamespace, intention.DestinationNamespace)
        && SessionId.KeyOf(other.Id) != SessionId.KeyOf(intention.Id));

    // All services of a namespace that stands for all are covered by nothing less.
    private static bool Covers(string space, string name, string wantedSpace, string wanted) =>
        (space == Intention.Wildcard && name == Intention.Wildcard)
        || (wantedSpace != Intention.Wildcard && Same(space, wantedSpace) && (name == Intention.Wildcard || Same(name, wanted)));

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
