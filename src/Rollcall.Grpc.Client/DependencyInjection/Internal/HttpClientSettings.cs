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
        var headers = client.DefaultRequestHeaders.SelectMany(h => Values(h).Select(value => Entry(name, h.Key, value))).ToArray();
        if (headers.Length > 0)
        {
            options.CallOptionsActions.Add(call => call.CallOptions = call.CallOptions.WithHeaders(Merge(call.CallOptions.Headers, headers)));
        }
    }

    // The parts of a user agent are one value, and metadata of the name takes the place of what there was before it.
    private static IEnumerable<string> Values(KeyValuePair<string, IEnumerable<string>> header) =>
        header.Key.Equals("User-Agent", StringComparison.OrdinalIgnoreCase) ? [string.Join(' ', header.Value)] : header.Value;

    private static Metadata.Entry Entry(string client, string header, string value)
    {
#pragma warning disable CA1308 // keys of metadata are lower case (RFC 9113 8.2.1)
        var key = header.ToLowerInvariant();
#pragma warning restore CA1308
        try
        {
            return !key.EndsWith(Metadata.BinaryHeaderSuffix, StringComparison.Ordinal) ? new Metadata.Entry(key, value)
                : GrpcMetadata.TryDecodeBinary(value, out var bytes) ? new Metadata.Entry(key, bytes)
                : throw new ArgumentException("its value is not base64");
        }
        catch (ArgumentException e)
        {
            throw new OptionsValidationException(
                client,
                typeof(GrpcClientFactoryOptions),
                [$"The gRPC client '{client}' can't be used: the default header '{header}' of its ConfigureHttpClient is no metadata of gRPC: {e.Message}"]);
        }
    }

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
