using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Rollcall.Agent.Go;

/// <summary>
/// Addresses as Go's <c>net.ParseIP</c> reads them, as of Go 1.14: what it takes for a number is one for clients, and all else is a host's name. .NET takes more
/// (<c>127.1</c>, <c>0x7f.0.0.1</c>, <c>1</c>, <c>[::1]</c>, <c>fe80::1%eth0</c>), and reads <c>010.0.0.1</c> as octal.
/// </summary>
internal static class GoAddress
{
    private static readonly SearchValues<char> s_hexDigits = SearchValues.Create("0123456789ABCDEFabcdef");

    /// <summary>As <c>net.JoinHostPort</c>: what has a colon, as an IPv6 address, stands in brackets.</summary>
    public static string Join(string host, int port) =>
        string.Create(CultureInfo.InvariantCulture, $"{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}");

    /// <summary>An IPv4 address in the form of an IPv6 one is an IPv4 address.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out IPAddress? address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address = text.AsSpan().IndexOfAny('.', ':') switch
        {
            < 0 => null,
            var first when text[first] == '.' => TryReadV4(text, bytes[..4]) ? new IPAddress(bytes[..4]) : null,
            _ => TryReadV6(text, bytes) ? new IPAddress(bytes) : null,
        };
        address = address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
        return address is not null;
    }

    private static bool TryReadV4(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (i > 0)
            {
                if (text is not ['.', ..])
                {
                    return false;
                }

                text = text[1..];
            }

            if (!TryReadNumber(ref text, hex: false, byte.MaxValue, out var number))
            {
                return false;
            }

            bytes[i] = (byte)number;
        }

        return text.IsEmpty;
    }

    private static bool TryReadV6(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        var (count, gap) = (0, -1);
        if (text is [':', ':', ..])
        {
            gap = 0;
            text = text[2..];
        }

        while (count < bytes.Length && (!text.IsEmpty || gap != count))
        {
            var before = text;
            if (!TryReadNumber(ref text, hex: true, ushort.MaxValue, out var number))
            {
                return false;
            }

            if (text is ['.', ..])
            {
                // The end may be an IPv4 address, where there is exactly as much room for it.
                if (count + 4 > bytes.Length || (gap < 0 && count + 4 != bytes.Length) || !TryReadV4(before, bytes.Slice(count, 4)))
                {
                    return false;
                }

                count += 4;
                text = default;
                break;
            }

            BinaryPrimitives.WriteUInt16BigEndian(bytes[count..], (ushort)number);
            count += 2;
            if (text.IsEmpty)
            {
                break;
            }

            if (text is not [':', _, ..])
            {
                return false;
            }

            text = text[1..];
            if (text[0] == ':')
            {
                if (gap >= 0)
                {
                    return false;
                }

                gap = count;
                text = text[1..];
            }
        }

        // Two colons stand for at least two bytes.
        if (!text.IsEmpty || (count == bytes.Length) != (gap < 0))
        {
            return false;
        }

        if (gap >= 0)
        {
            var tail = bytes[gap..count];
            tail.CopyTo(bytes[^tail.Length..]);
            bytes[gap..^tail.Length].Clear();
        }

        return true;
    }

    /// <summary>Digits at the beginning of a text, which are cut off; zeros may lead.</summary>
    private static bool TryReadNumber(ref ReadOnlySpan<char> text, bool hex, int max, out int number)
    {
        var other = hex ? text.IndexOfAnyExcept(s_hexDigits) : text.IndexOfAnyExceptInRange('0', '9');
        var digits = other < 0 ? text : text[..other];
        text = text[digits.Length..];
        return int.TryParse(digits, hex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= 0 && number <= max;
    }
}
