namespace Grpc.Core;

/// <summary>Whether a channel is connected.</summary>
public enum ConnectivityState
{
    /// <summary>There is no connection, and none is being made.</summary>
    Idle,

    /// <summary>A connection is being made.</summary>
    Connecting,

    /// <summary>There is a connection.</summary>
    Ready,

    /// <summary>The last attempt to connect failed; the next call makes another.</summary>
    TransientFailure,

    /// <summary>The channel was disposed.</summary>
    Shutdown,
}
