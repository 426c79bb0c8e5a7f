using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using Grpc.Net.Compression;

namespace Rollcall.Grpc;

/// <summary>The compressions that a client or a server reads and writes. Immutable.</summary>
public sealed class GrpcEncodings
{
    private readonly ImmutableArray<ICompressionProvider> _providers;

    /// <param name="providers">Each with a name of its own; may be empty.</param>
    /// <exception cref="ArgumentException">A name is there twice or can't be sent; the message says which.</exception>
    public GrpcEncodings(IEnumerable<ICompressionProvider> providers)
    {
        ArgumentNullException.ThrowIfNull(providers);
        _providers = [.. providers];
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { GrpcProtocol.IdentityEncoding };
        foreach (var provider in _providers)
        {
            var name = provider?.EncodingName;
            if (string.IsNullOrEmpty(name) || !name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.'))
            {
                throw new ArgumentException($"A compression provider has the name '{name}'. Give it a short name in lower case, such as gzip.");
            }

            if (!names.Add(name))
            {
                throw new ArgumentException(name == GrpcProtocol.IdentityEncoding
                    ? "A compression provider has the name 'identity', which means no compression."
                    : $"There are two compression providers with the name '{name}'. Leave one of the two.");
            }
        }

        AcceptEncoding = string.Join(',', _providers.Select(static p => p.EncodingName).Prepend(GrpcProtocol.IdentityEncoding));
    }

    /// <summary>gzip and deflate, at their fastest.</summary>
    public static GrpcEncodings Default { get; } =
        new([new GzipCompressionProvider(CompressionLevel.Fastest), new DeflateCompressionProvider(CompressionLevel.Fastest)]);

    /// <summary>What <c>grpc-accept-encoding</c> says: all of them, and <c>identity</c>.</summary>
    public string AcceptEncoding { get; }

    /// <summary>The compression with a name, in any case.</summary>
    /// <returns>False when it is not known; <c>identity</c> is none either.</returns>
    public bool TryFind(ReadOnlySpan<char> name, [NotNullWhen(true)] out ICompressionProvider? provider)
    {
        foreach (var candidate in _providers)
        {
            if (name.Equals(candidate.EncodingName, StringComparison.OrdinalIgnoreCase))
            {
                provider = candidate;
                return true;
            }
        }

        provider = null;
        return false;
    }
}
