using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>A call ends with a status whose text shows a part of a message. That is for the caller alone.</summary>
/// <param name="status">What the caller gets.</param>
/// <param name="logged">What the log and the span get in place of the status's text.</param>
internal sealed class ValueFaultException(Status status, string logged) : RpcException(status)
{
    public string Logged { get; } = logged;
}
