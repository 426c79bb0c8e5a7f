namespace Rollcall.Discovery.Http;

/// <summary>How far a request has come on its way along redirects.</summary>
/// <param name="Started">A timestamp of the request's start: of the first hop, whether that has a timeout or not.</param>
/// <param name="Redirects">How many it has followed.</param>
internal readonly record struct Hop(long Started, int Redirects);
