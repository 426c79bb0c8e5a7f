using System.Text;
using Grpc.Core;

namespace Rollcall.Fuzz.Targets;

/// <summary>A header: name, a line feed, value.</summary>
internal sealed class MetadataTarget : IFuzzTarget
{
    public string Name => "metadata";

    public IReadOnlyList<string> Tokens => ["-bin\n", "grpc-", ":", ",", "=", "==", "AQID", "+/", "\u00fc", "\r\n", "content-type", "X-"];

    public int Run(byte[] input)
    {
        var text = Encoding.Latin1.GetString(input);
        var line = text.IndexOf('\n', StringComparison.Ordinal);
        var (name, value) = line < 0 ? (text, "") : (text[..line], text[(line + 1)..]);
        var metadata = new Metadata();

        var added = GrpcMetadata.TryAddHeader(metadata, name, value);

        if (GrpcMetadata.IsReserved(name))
        {
            BrokenInvariantException.Unless(added && metadata.Count == 0, "what belongs to the protocol is passed over");
        }

        foreach (var entry in metadata)
        {
            BrokenInvariantException.Unless(entry.Key.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.'), "a key is a key");
            CheckRoundTrip(entry);
        }

        CheckBase64(value);
        return HashCode.Combine(added, Math.Min(metadata.Count, 4), metadata.Count > 0 && metadata[0].IsBinary, GrpcMetadata.IsReserved(name));
    }

    private static void CheckRoundTrip(Metadata.Entry entry)
    {
        var again = new Metadata();
        BrokenInvariantException.Unless(GrpcMetadata.TryAddHeader(again, entry.Key, GrpcMetadata.GetHeaderValue(entry)), "what it writes it reads");
        BrokenInvariantException.Unless(again.Count == 1 && again[0].Key == entry.Key, "one entry stays one");

        // The bytes of a text are its ASCII: what that lacks would be lost in both.
        BrokenInvariantException.Unless(
            entry.IsBinary ? again[0].ValueBytes.AsSpan().SequenceEqual(entry.ValueBytes) : again[0].Value == entry.Value, "the value comes back");
    }

    private static void CheckBase64(string value)
    {
        if (GrpcMetadata.TryDecodeBinary(value, out var bytes))
        {
            var encoded = GrpcMetadata.EncodeBinary(bytes);
            BrokenInvariantException.Unless(
                GrpcMetadata.TryDecodeBinary(encoded, out var again) && again.AsSpan().SequenceEqual(bytes), "bytes come back");
            BrokenInvariantException.Unless(encoded.Length == value.TrimEnd('=').Length, "base64 is as long as it was");
        }
    }
}
