namespace Rollcall.Discovery.Http;

/// <summary>What an exception says of a request.</summary>
internal enum SendFailure
{
    /// <summary>No connection: no server has seen any of it.</summary>
    NeverSent,

    /// <summary>The connection broke before the response's headers: a server may have acted on it.</summary>
    Lost,

    /// <summary>The caller gave up, or the fault is in the request.</summary>
    NotTheServers,
}
