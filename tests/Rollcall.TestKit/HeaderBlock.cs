using System.Text;

namespace Rollcall.TestKit;

/// <summary>Header blocks without a dynamic table and without Huffman codes (RFC 7541), which is all that a peer needs that forbids the table.</summary>
public static class HeaderBlock
{
    // RFC 7541 appendix A, from index 1 on.
    private static readonly string[] s_static =
    [
        ":authority", ":method GET", ":method POST", ":path /", ":path /index.html", ":scheme http", ":scheme https", ":status 200",
        ":status 204", ":status 206", ":status 304", ":status 400", ":status 404", ":status 500", "accept-charset",
        "accept-encoding gzip, deflate", "accept-language", "accept-ranges", "accept", "access-control-allow-origin", "age", "allow",
        "authorization", "cache-control", "content-disposition", "content-encoding", "content-language", "content-length",
        "content-location", "content-range", "content-type", "cookie", "date", "etag", "expect", "expires", "from", "host", "if-match",
        "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "last-modified", "link", "location", "max-forwards",
        "proxy-authenticate", "proxy-authorization", "range", "referer", "refresh", "retry-after", "server", "set-cookie",
        "strict-transport-security", "transfer-encoding", "user-agent", "vary", "via", "www-authenticate",
    ];

    /// <summary>Literals that nothing remembers (6.2.2); values as Latin-1.</summary>
    public static byte[] Encode(params IEnumerable<(string Name, string Value)> headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        var block = new List<byte>();
        foreach (var (name, value) in headers)
        {
            block.Add(0);
            WriteString(block, Encoding.ASCII.GetBytes(name));
            WriteString(block, Encoding.Latin1.GetBytes(value));
        }

        return [.. block];
    }

    /// <summary>What a block says, names and values.</summary>
    /// <exception cref="FormatException">It uses what this class does not know.</exception>
    public static List<(string Name, string Value)> Decode(ReadOnlySpan<byte> block)
    {
        var headers = new List<(string, string)>();
        while (!block.IsEmpty)
        {
            var first = block[0];
            if ((first & 0x80) != 0)
            {
                headers.Add(Split(ReadNumber(ref block, 7)));
            }
            else if ((first & 0xe0) == 0x20)
            {
                _ = ReadNumber(ref block, 5);
            }
            else
            {
                var index = ReadNumber(ref block, (first & 0x40) != 0 ? 6 : 4);
                var name = index == 0 ? ReadString(ref block) : Split(index).Name;
                headers.Add((name, ReadString(ref block)));
            }
        }

        return headers;
    }

    private static (string Name, string Value) Split(int index)
    {
        if (index < 1 || index > s_static.Length)
        {
            throw new FormatException($"Header index {index} is not in the static table.");
        }

        var parts = s_static[index - 1].Split(' ', 2);
        return (parts[0], parts.Length > 1 ? parts[1] : "");
    }

    private static void WriteString(List<byte> block, byte[] text)
    {
        var length = text.Length;
        if (length < 127)
        {
            block.Add((byte)length);
        }
        else
        {
            block.Add(127);
            for (length -= 127; length >= 128; length >>= 7)
            {
                block.Add((byte)(length | 128));
            }

            block.Add((byte)length);
        }

        block.AddRange(text);
    }

    private static string ReadString(ref ReadOnlySpan<byte> block)
    {
        if ((block[0] & 0x80) != 0)
        {
            throw new FormatException("Huffman codes are not known here.");
        }

        var length = ReadNumber(ref block, 7);
        var text = Encoding.Latin1.GetString(block[..length]);
        block = block[length..];
        return text;
    }

    private static int ReadNumber(ref ReadOnlySpan<byte> block, int bits)
    {
        var max = (1 << bits) - 1;
        var number = block[0] & max;
        block = block[1..];
        if (number < max)
        {
            return number;
        }

        for (var shift = 0; ; shift += 7)
        {
            var next = block[0];
            block = block[1..];
            number += (next & 127) << shift;
            if ((next & 128) == 0)
            {
                return number;
            }
        }
    }
}
