namespace Grpc.Core;

/// <summary>
/// A call ended with a status other than OK. Thrown by clients; thrown by a service it decides the status and the trailers of the call.
/// </summary>
public class RpcException : Exception
{
    /// <summary>An exception whose message is the status as text.</summary>
    public RpcException(Status status)
        : this(status, Metadata.Empty, status.ToString())
    {
    }

    /// <summary>An exception with its own local message; <see cref="Status.Detail"/> is what travels.</summary>
    public RpcException(Status status, string message)
        : this(status, Metadata.Empty, message)
    {
    }

    /// <summary>An exception with trailers.</summary>
    public RpcException(Status status, Metadata trailers)
        : this(status, trailers, status.ToString())
    {
    }

    /// <summary>An exception with trailers and its own local message.</summary>
    public RpcException(Status status, Metadata trailers, string message)
        : base(message, status.DebugException)
    {
        ArgumentNullException.ThrowIfNull(trailers);
        Status = status;
        Trailers = trailers;
    }

    /// <summary>The status of the call.</summary>
    public Status Status { get; }

    /// <summary>The code of <see cref="Status"/>.</summary>
    public StatusCode StatusCode => Status.StatusCode;

    /// <summary>The trailing metadata; never null.</summary>
    public Metadata Trailers { get; }
}
