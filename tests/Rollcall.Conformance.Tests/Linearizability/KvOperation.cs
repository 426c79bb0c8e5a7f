namespace Rollcall.Conformance.Tests.Linearizability;

/// <summary>One operation of a history: what was asked, what was answered, and when, in a numbering of all beginnings and ends.</summary>
/// <param name="Client">Who did it.</param>
/// <param name="Action">What.</param>
/// <param name="Began">The number of its beginning.</param>
/// <param name="Ended">The number of its end.</param>
internal sealed record KvOperation(int Client, KvAction Action, long Began, long Ended)
{
    /// <summary>The value written; no two writes of a history write the same.</summary>
    public int Value { get; init; }

    /// <summary>The index that a conditional write asks for; 0: the key must not exist.</summary>
    public ulong IfIndex { get; init; }

    /// <summary>The session of a lock or an end.</summary>
    public int Session { get; init; }

    /// <summary>What a read found. Null: no such key.</summary>
    public KvFound? Found { get; init; }

    /// <summary>Whether a write did it.</summary>
    public bool Done { get; init; }

    /// <summary>Whether an acquisition was refused because there is no such session.</summary>
    public bool NoSession { get; init; }

    public override string ToString() => Action switch
    {
        KvAction.Get => $"[{Began}-{Ended}] client {Client}: get -> {(Found is { } f ? $"{f.Value} at {f.Index}, held by {f.Session}" : "nothing")}",
        KvAction.EndSession or KvAction.EndDeletingSession => $"[{Began}-{Ended}] client {Client}: {Action} {Session}",
        _ => $"[{Began}-{Ended}] client {Client}: {Action} value {Value} if {IfIndex} session {Session} -> {(NoSession ? "no session" : Done)}",
    };
}
