namespace Rollcall.Discovery.Http;

/// <summary>What a response tells of discovery.</summary>
public static class HttpResponseMessageExtensions
{
    /// <summary>The instance that a response came from; null when it did not come through a <see cref="DiscoveryHandler"/>, or from an address.</summary>
    public static Endpoint? GetEndpoint(this HttpResponseMessage response)
    {
        ArgumentNullException.ThrowIfNull(response);
        return response.Content is LeasedContent leased ? leased.Endpoint
            : response.RequestMessage is { } request && request.Options.TryGetValue(DiscoveryHandler.EndpointKey, out var endpoint) ? endpoint
            : null;
    }
}
