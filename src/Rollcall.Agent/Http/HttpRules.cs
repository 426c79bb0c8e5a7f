using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.Http;

/// <summary>What the configuration wants of every request and answer.</summary>
/// <param name="Headers">Added to each.</param>
/// <param name="Blocked">Paths that are refused, with everything that begins like them.</param>
/// <param name="Writers">Networks from where clients may write; none: from everywhere.</param>
/// <param name="AllowsUnprintable">Whether paths may hold characters that cannot be printed.</param>
internal sealed record HttpRules(
    IReadOnlyDictionary<string, string> Headers, IReadOnlyList<string> Blocked, IReadOnlyList<IPNetwork> Writers, bool AllowsUnprintable)
{
    // What is in front of an IPv4 address in the form of an IPv6 one.
    private const int MappedBits = 96;

    // By these the server says where an answer ends.
    private static readonly string[] s_own = ["Connection", "Content-Length", "Transfer-Encoding"];

    /// <summary>Why a header can't be sent with every answer; null: it can.</summary>
    public static string? HeaderFault(string name, string value) =>
        !GoHeader.IsName(name) ? $"\"{name}\" is no name of a header: use letters, digits and dashes"
        : s_own.Contains(name, StringComparer.OrdinalIgnoreCase) ? $"\"{name}\" is up to the agent: leave it out"
        : !GoHeader.IsValue(value) ? $"the value of \"{name}\" has a control character in it: leave it out"
        : null;

    /// <summary>In what headers are written that are not ASCII: UTF-8, as Consul's. Null for all others, which are cheaper so.</summary>
    public static Func<string, Encoding?> HeaderEncoding(IReadOnlyDictionary<string, string> headers)
    {
        var others = headers.Where(static header => !Ascii.IsValid(header.Value)).Select(static header => header.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return name => others.Contains(name) ? Encoding.UTF8 : null;
    }

    /// <summary>Networks from where clients may write; none: from everywhere. Those of IPv4 addresses in the form of IPv6 ones are of IPv4, as the clients' addresses are.</summary>
    public IReadOnlyList<IPNetwork> Writers { get; } = [.. Writers.Select(static network => network is { BaseAddress.IsIPv4MappedToIPv6: true, PrefixLength: >= MappedBits }
        ? new IPNetwork(network.BaseAddress.MapToIPv4(), network.PrefixLength - MappedBits)
        : network)];

    /// <summary>A network as <c>10.0.0.0/8</c>, as Go reads it; what an address has behind its prefix does not count.</summary>
    /// <returns>Null: it is none.</returns>
    public static IPNetwork? ReadNetwork(string text)
    {
        text = text.Trim();
        var slash = text.LastIndexOf('/');
        if (slash < 0 || !GoAddress.TryParse(text[..slash], out var address) || !byte.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var prefix))
        {
            return null;
        }

        // The prefix counts from where the address was written to begin.
        var bytes = (text.Contains(':', StringComparison.Ordinal) ? address.MapToIPv6() : address).GetAddressBytes();
        if (prefix > 8 * bytes.Length)
        {
            return null;
        }

        for (var bit = (int)prefix; bit < 8 * bytes.Length; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return new IPNetwork(new IPAddress(bytes), prefix);
    }

    /// <summary>Whether a request may write, which all but GET, HEAD and OPTIONS may do, from where it comes.</summary>
    public bool AllowsFrom(HttpContext context)
    {
        var method = context.Request.Method;
        if (Writers.Count == 0 || HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method))
        {
            return true;
        }

        // A unix socket has no address.
        var address = context.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : context.Connection.RemoteIpAddress;
        return address is not null && Writers.Any(network => network.Contains(address));
    }

    public void AddHeaders(HttpResponse response)
    {
        foreach (var (name, value) in Headers)
        {
            response.Headers[name] = value;
        }
    }

    public bool Blocks(string path)
    {
        foreach (var prefix in Blocked)
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
