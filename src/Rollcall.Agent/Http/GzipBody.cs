using System.Globalization;
using System.IO.Compression;
using Microsoft.Extensions.Primitives;

namespace Rollcall.Agent.Http;

/// <summary>Compresses bodies for clients that ask for it.</summary>
internal static class GzipBody
{
    // Consul compresses everything. Below this a body fits into one packet anyway, and compressing costs more than the rest of the answer.
    private const int MinBytes = 1024;

    /// <summary>The compressed body; null when the client does not want one or would not gain from it.</summary>
    public static byte[]? TryCompress(StringValues acceptEncoding, ReadOnlyMemory<byte> body)
    {
        if (body.Length < MinBytes || !Accepts(acceptEncoding.ToString()))
        {
            return null;
        }

        using var compressed = new MemoryStream(body.Length / 4);
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(body.Span);
        }

        return compressed.ToArray();
    }

    // RFC 9110 12.5.3, as Consul reads it: gzip by name with a weight above 0; the wildcard does not count.
    private static bool Accepts(ReadOnlySpan<char> header)
    {
        foreach (var range in header.Split(','))
        {
            var item = header[range].Trim();
            var end = item.IndexOf(';');
            var coding = end < 0 ? item : item[..end].TrimEnd();
            if (coding.Equals("gzip", StringComparison.OrdinalIgnoreCase))
            {
                return end < 0 || Weight(item[(end + 1)..]) > 0;
            }
        }

        return false;
    }

    private static double Weight(ReadOnlySpan<char> parameter)
    {
        parameter = parameter.Trim();
        return parameter.StartsWith("q=", StringComparison.OrdinalIgnoreCase)
            && double.TryParse(parameter[2..], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var weight)
                ? weight
                : 1;
    }
}
