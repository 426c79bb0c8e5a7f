using Rollcall.Discovery;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>One method on one endpoint.</summary>
internal sealed record CallTarget(Endpoint Endpoint, Uri Uri, EndpointTransport Transport);
