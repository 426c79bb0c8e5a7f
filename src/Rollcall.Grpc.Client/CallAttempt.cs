using Grpc.Core;
using Rollcall.Discovery;

namespace Rollcall.Grpc.Client;

/// <summary>One attempt of a call on one endpoint, as <see cref="GrpcChannelOptions.OnAttempt"/> sees it when the attempt has ended.</summary>
/// <param name="Method">The full name of the method, <c>/greet.Greeter/SayHello</c>.</param>
/// <param name="Endpoint">Where it went.</param>
/// <param name="Number">1 for the first attempt of a call.</param>
/// <param name="StatusCode">How it ended.</param>
/// <param name="Latency">From the pick, or from when its call credentials were there, to the end of the attempt; for a stream, the end of the stream. Zero if it ended before it was sent.</param>
/// <param name="Fate">What follows.</param>
public readonly record struct CallAttempt(
    string Method,
    Endpoint Endpoint,
    int Number,
    StatusCode StatusCode,
    TimeSpan Latency,
    AttemptFate Fate);
