using Grpc.Core;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;

namespace Rollcall.Grpc.Client.DependencyInjection.Internal;

/// <summary>Takes over what <c>ConfigureHttpClient</c> says and a channel has too: the address, unless there is one, and headers.</summary>
internal sealed class HttpClientSettings(IOptionsMonitor<HttpClientFactoryOptions> httpOptions, RegisteredClients registered)
    : IPostConfigureOptions<GrpcClientFactoryOptions>
{
    public void PostConfigure(string? name, GrpcClientFactoryOptions options)
    {
        if (name is null || !registered.Contains(name) || httpOptions.Get(name).HttpClientActions is not { Count: > 0 } actions)
        {
            return;
        }

        using var client = new HttpClient();
        foreach (var action in actions)
        {
            action(client);
        }

        options.Address ??= client.BaseAddress;
#pragma warning disable CA1308 // keys of metadata are lower case (RFC 9113 8.2.1)
        var headers = client.DefaultRequestHeaders
            .SelectMany(static h => Values(h).Select(value => new Metadata.Entry(h.Key.ToLowerInvariant(), value)))
            .ToArray();
#pragma warning restore CA1308
        if (headers.Length > 0)
        {
            options.CallOptionsActions.Add(call => call.CallOptions = call.CallOptions.WithHeaders(Merge(call.CallOptions.Headers, headers)));
        }
    }

    // The parts of a user agent are one value, and metadata of the name takes the place of what there was before it.
    private static IEnumerable<string> Values(KeyValuePair<string, IEnumerable<string>> header) =>
        header.Key.Equals("User-Agent", StringComparison.OrdinalIgnoreCase) ? [string.Join(' ', header.Value)] : header.Value;

    /// <summary>As with an HttpClient, a header that the call brings itself is not added to.</summary>
    private static Metadata Merge(Metadata? own, Metadata.Entry[] defaults)
    {
        var merged = new Metadata();
        foreach (var entry in own ?? [])
        {
            merged.Add(entry);
        }

        foreach (var entry in defaults.Where(entry => own?.Get(entry.Key) is null))
        {
            merged.Add(entry);
        }

        return merged;
    }
}
