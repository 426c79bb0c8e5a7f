using System.Buffers;
using System.Text;

namespace Rollcall.Agent.Http.Listening;

/// <summary>
/// Reads the header <c>Host</c> as Go's server does, which looks at its letters alone: a client whose address is <c>:8500</c> sends just that, and Kestrel would refuse
/// it. What Kestrel takes is read as it is; of the rest, what Go takes is read as an empty host, and what Go refuses is left for Kestrel to refuse. Kestrel remembers the
/// text for the connection, so this costs nothing from a client's second request on.
/// </summary>
internal sealed class HostEncoding : Encoding
{
    private static readonly HostEncoding s_instance = new();

    // httpguts.ValidHostHeader of Go.
    private static readonly SearchValues<byte> s_taken = SearchValues.Create("!$%&'()*+,-.:;=[]_~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);
    private static readonly SearchValues<byte> s_name = SearchValues.Create("!$&'()-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);
    private static readonly SearchValues<byte> s_address = SearchValues.Create(".:0123456789ABCDEFabcdef"u8);
    private static readonly SearchValues<byte> s_digits = SearchValues.Create("0123456789"u8);

    private HostEncoding()
    {
    }

    /// <summary>Of the host, which is called otherwise in HTTP/2; null for all other headers: as Kestrel reads them.</summary>
    public static Encoding? Select(string header) => header is "Host" or ":authority" ? s_instance : null;

    public override int GetCharCount(byte[] bytes, int index, int count) => IsEmpty(bytes.AsSpan(index, count)) ? 0 : count;

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        IsEmpty(bytes.AsSpan(byteIndex, byteCount)) ? 0 : Latin1.GetChars(bytes, byteIndex, byteCount, chars, charIndex);

    public override int GetMaxCharCount(int byteCount) => byteCount;

    public override int GetByteCount(char[] chars, int index, int count) => throw new NotSupportedException("Hosts are read, and never written.");

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) => throw new NotSupportedException("Hosts are read, and never written.");

    public override int GetMaxByteCount(int charCount) => charCount;

    private static bool IsEmpty(ReadOnlySpan<byte> host) => !host.ContainsAnyExcept(s_taken) && !IsHost(host);

    /// <summary>A name or an address, and a port if any.</summary>
    private static bool IsHost(ReadOnlySpan<byte> host)
    {
        // An address of IPv6 has colons of its own.
        var isBracketed = host is [(byte)'[', ..];
        var end = host.IndexOf(isBracketed ? (byte)']' : (byte)':');
        if (end < 0)
        {
            return !isBracketed && !host.ContainsAnyExcept(s_name);
        }

        var name = isBracketed ? host[1..end] : host[..end];
        var port = isBracketed ? host[(end + 1)..] : host[end..];
        return name.Length > (isBracketed ? 1 : 0)
            && !name.ContainsAnyExcept(isBracketed ? s_address : s_name)
            && (port.IsEmpty || (port is [(byte)':', _, ..] && !port[1..].ContainsAnyExcept(s_digits)));
    }
}
