using System.Buffers;
using System.Text;
using Rollcall.Discovery.Balancing.Internal;

namespace Rollcall.Discovery.Balancing;

/// <summary>
/// What identifies a call to policies that hash (<c>ring_hash</c>, <c>maglev</c>, <c>ip_hash</c>): calls with the same key go to the same endpoint.
/// Thread-safe. A client asks <see cref="ServiceBalancer.GetHashKey"/> for each call, and puts the answer into <see cref="PickContext.HashKey"/>.
/// </summary>
public sealed class HashKeySource
{
    private static readonly Lazy<ulong> s_callerAddress = new(static () => Hash(MachineAddress.Find()));
    private readonly string? _header;
    private readonly Func<HashKeyCall, string?>? _key;

    private HashKeySource(string? header, Func<HashKeyCall, string?>? key)
    {
        _header = header;
        _key = key;
    }

    /// <summary>
    /// The address of this machine: all that it calls goes to one endpoint. Of several, one on an interface with a gateway; where there is none, the
    /// machine's name. A gateway that calls for others takes their addresses by <see cref="From"/>.
    /// </summary>
    public static HashKeySource CallerAddress { get; } = new(null, null);

    /// <summary>The value of a request header, or of gRPC metadata. A call without it has no key.</summary>
    /// <param name="name">In any case. Not a binary one, whose name ends in <c>-bin</c> (gRFC A76).</param>
    /// <exception cref="ArgumentException">The name is empty or that of a binary header.</exception>
    public static HashKeySource Header(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return name.EndsWith("-bin", StringComparison.OrdinalIgnoreCase)
            ? throw new ArgumentException($"'{name}' is a binary header. Take a header with text.", nameof(name))
            : new HashKeySource(name, null);
    }

    /// <summary>Whatever a function finds: a field of the call, something ambient such as the user of the served request.</summary>
    /// <param name="key">Thread-safe and quick. Null: the call has no key.</param>
    public static HashKeySource From(Func<HashKeyCall, string?> key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new HashKeySource(null, key);
    }

    /// <summary>A key made from text: XXH64 of its UTF-8 bytes. Allocates nothing.</summary>
    public static ulong Hash(ReadOnlySpan<char> text)
    {
        const int OnStack = 512;
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        var rented = most > OnStack ? ArrayPool<byte>.Shared.Rent(most) : null;
        var bytes = rented ?? stackalloc byte[OnStack];
        var hash = XxHash64.Hash(bytes[..Encoding.UTF8.GetBytes(text, bytes)]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return hash;
    }

    /// <summary>The key of a call; null: it has none, and the policy picks at random.</summary>
    public ulong? GetKey(in HashKeyCall call)
    {
        if (_header is null && _key is null)
        {
            return s_callerAddress.Value;
        }

        return (_header is null ? _key!(call) : call.GetHeader(_header)) is { } text ? Hash(text) : null;
    }
}
