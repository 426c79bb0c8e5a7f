using Grpc.Core;

namespace Rollcall.Grpc;

/// <summary>
/// The gRPC call that a request is, among the features of its HTTP context. There only where a <see cref="ServerCallContextExposure"/> is registered.
/// </summary>
public interface IServerCallContextFeature
{
    /// <summary>The call. Valid until its handler returns.</summary>
    ServerCallContext ServerCallContext { get; }
}
