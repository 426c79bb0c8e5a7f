namespace Rollcall.Grpc.Client.Internal;

/// <summary>One method on one endpoint.</summary>
internal sealed record CallTarget(Uri Uri, EndpointTransport Transport);
