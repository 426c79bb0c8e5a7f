namespace Rollcall.Consul;

/// <summary>Who says that an operation failed.</summary>
public enum ConsulErrorOrigin
{
    /// <summary>The server answered with an error status: <see cref="ConsulException.StatusCode"/> and <see cref="ConsulException.Body"/> are what it said.</summary>
    Server,

    /// <summary>No answer within the client's timeout. Whether a write took effect is unknown.</summary>
    Timeout,

    /// <summary>No connection, or it broke before the answer was complete. Whether a write took effect is unknown unless the connection was refused.</summary>
    Unreachable,

    /// <summary>An answer came that isn't one of Consul's.</summary>
    InvalidResponse,
}
