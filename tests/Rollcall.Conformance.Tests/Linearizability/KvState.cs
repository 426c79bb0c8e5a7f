using System.Collections.Immutable;

namespace Rollcall.Conformance.Tests.Linearizability;

/// <summary>A key between two operations, as far as it is known.</summary>
/// <param name="Exists">Whether there is one.</param>
/// <param name="Value">Its value.</param>
/// <param name="Session">Who holds it; 0: nobody.</param>
/// <param name="Index">Its ModifyIndex, which a write doesn't tell; 0: nobody has seen it yet.</param>
/// <param name="Floor">The last index that was seen: every later one is above it.</param>
internal sealed record KvState(bool Exists, int Value, int Session, ulong Index, ulong Floor)
{
    public static readonly KvState Initial = new(false, 0, 0, 0, 0);

    /// <summary>Sessions that have ended. Which of them have follows from the operations that took effect, so it takes no part in comparisons.</summary>
    public ImmutableHashSet<int> Ended { get; init; } = [];

    public bool Equals(KvState? other) =>
        other is not null && (Exists, Value, Session, Index, Floor) == (other.Exists, other.Value, other.Session, other.Index, other.Floor);

    public override int GetHashCode() => HashCode.Combine(Exists, Value, Session, Index, Floor);

    /// <summary>The state after an operation, or null if the operation can't have been answered as it was in this state.</summary>
    public KvState? After(KvOperation operation) => operation.Action switch
    {
        KvAction.Get => operation.Found is not { } found ? (Exists ? null : this)
            : Exists && found.Value == Value && found.Session == Session && HasIndex(found.Index) ? this with { Index = found.Index }
            : null,
        KvAction.Put => operation.Done ? Written(operation.Value, Session) : null,
        KvAction.CompareAndSet => Conditional(operation, operation.IfIndex == 0 ? !Exists : Exists, Written(operation.Value, Session)),
        KvAction.Delete => operation.Done ? Deleted() : null,
        // What is gone already counts as deleted, whatever the index.
        KvAction.CompareAndDelete => Exists ? Conditional(operation, true, Deleted()) : operation.Done ? this : null,
        KvAction.Acquire => operation.NoSession == Ended.Contains(operation.Session)
                && (operation.NoSession || operation.Done == (Session == 0 || Session == operation.Session))
            ? (operation.Done ? Written(operation.Value, operation.Session) : this)
            : null,
        KvAction.Release => operation.Done != (Exists && Session == operation.Session) ? null : operation.Done ? Written(operation.Value, 0) : this,
        KvAction.EndSession => (Session == operation.Session ? Written(Value, 0) : this) with { Ended = Ended.Add(operation.Session) },
        KvAction.EndDeletingSession => (Session == operation.Session ? Deleted() : this) with { Ended = Ended.Add(operation.Session) },
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation.Action, "Unknown."),
    };

    private KvState? Conditional(KvOperation operation, bool possible, KvState then)
    {
        if (operation.IfIndex == 0)
        {
            return operation.Done != possible ? null : possible ? then : this;
        }

        // An index that nobody has seen yet may be the one asked for, or not.
        return operation.Done
            ? (possible && HasIndex(operation.IfIndex) ? then : null)
            : (possible && Index == operation.IfIndex ? null : this);
    }

    private bool HasIndex(ulong index) => Index == 0 ? index > Floor : index == Index;

    private KvState Written(int value, int session) =>
        this with { Exists = true, Value = value, Session = session, Index = 0, Floor = Math.Max(Floor, Index) };

    private KvState Deleted() => this with { Exists = false, Value = 0, Session = 0, Index = 0, Floor = Math.Max(Floor, Index) };
}
