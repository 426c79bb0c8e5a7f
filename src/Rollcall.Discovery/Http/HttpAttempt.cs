using System.Net;
using Rollcall.Discovery.Events;

namespace Rollcall.Discovery.Http;

/// <summary>One attempt of a request on one instance, as <see cref="DiscoveryHandlerOptions.OnAttempt"/> sees it when the attempt has ended.</summary>
/// <param name="Request">The caller's request. Not to be changed.</param>
/// <param name="Endpoint">Where it went.</param>
/// <param name="Number">1 for the first attempt of a request, and for the first after a redirect.</param>
/// <param name="StatusCode">The response's status; null: there was no response.</param>
/// <param name="Error">What went wrong; null when there is a response and its body did not break off.</param>
/// <param name="Latency">From the pick to the end of the attempt; for the response that the caller gets, the end of its body.</param>
/// <param name="Fate">What follows; null: it decided the request, or was a redirect that is followed.</param>
public readonly record struct HttpAttempt(
    HttpRequestMessage Request,
    Endpoint Endpoint,
    int Number,
    HttpStatusCode? StatusCode,
    Exception? Error,
    TimeSpan Latency,
    AttemptFate? Fate);
