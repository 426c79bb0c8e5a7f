namespace Rollcall.Conformance.Tests.Linearizability;

/// <summary>What a client can do to a key, and to the sessions that hold it.</summary>
internal enum KvAction
{
    Get,
    Put,
    CompareAndSet,
    Delete,
    CompareAndDelete,
    Acquire,
    Release,

    /// <summary>Ends a session, which frees the keys that it holds.</summary>
    EndSession,

    /// <summary>Ends a session whose behavior it is to delete the keys that it holds.</summary>
    EndDeletingSession,
}
