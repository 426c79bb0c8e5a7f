namespace Rollcall.Grpc;

/// <summary>
/// Registered as a singleton before services are mapped, it makes a server put an <see cref="IServerCallContextFeature"/> into the features of every
/// call's HTTP context, where a client that is called meanwhile finds the call's deadline and cancellation. Without it calls don't pay for that.
/// </summary>
public sealed class ServerCallContextExposure;
