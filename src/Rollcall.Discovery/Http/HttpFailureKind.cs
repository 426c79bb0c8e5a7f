namespace Rollcall.Discovery.Http;

/// <summary>What is known of how far a failed attempt got.</summary>
internal enum HttpFailureKind
{
    /// <summary>No connection: no server has seen any of it.</summary>
    NeverSent,

    /// <summary>The server says that it did nothing with it, though it may have got a part of the body.</summary>
    Refused,

    /// <summary>The connection broke before the response's headers: a server may have acted on it.</summary>
    Lost,

    /// <summary>There were no response headers within the time of an attempt, or of the caller's handler: a server may have acted on it.</summary>
    TimedOut,

    /// <summary>The server answered with a fault.</summary>
    Answered,

    /// <summary>The caller gave up, its time was over, or the fault is in the request.</summary>
    NotTheServers,
}
