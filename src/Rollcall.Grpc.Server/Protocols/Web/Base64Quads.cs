using System.Buffers;
using System.Buffers.Text;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>
/// Base64 in a stream, four characters at a time. Each quad may be padded: a sender pads whenever it flushes, so that a body is many
/// base64 texts in a row (PROTOCOL-WEB, Text-encoded streams).
/// </summary>
internal static class Base64Quads
{
    private const int Quad = 4;
    private const byte Padding = (byte)'=';

    /// <summary>
    /// Decodes the whole quads at the front of <paramref name="input"/> and advances it past them. False when a quad is no base64.
    /// </summary>
    public static bool TryDecode(ref ReadOnlySequence<byte> input, IBufferWriter<byte> output)
    {
        Span<byte> joined = stackalloc byte[Quad];
        while (input.Length >= Quad)
        {
            scoped var run = input.FirstSpan;
            if (run.Length < Quad)
            {
                input.Slice(0, Quad).CopyTo(joined);
                run = joined;
            }

            run = TakeRun(run);
            var decoded = output.GetSpan(Base64.GetMaxDecodedFromUtf8Length(run.Length));
            if (Base64.DecodeFromUtf8(run, decoded, out var consumed, out var written) != OperationStatus.Done || consumed != run.Length)
            {
                return false;
            }

            output.Advance(written);
            input = input.Slice(run.Length);
        }

        return true;
    }

    // Whole quads up to and including the first padded one: the decoder takes padding only at the end. It also skips white space,
    // which would let the count of characters and that of quads come apart.
    private static ReadOnlySpan<byte> TakeRun(ReadOnlySpan<byte> span)
    {
        var padded = span.IndexOf(Padding);
        var length = padded < 0 ? span.Length : Math.Min(span.Length, padded + Quad - (padded % Quad));
        return span[..(length - (length % Quad))];
    }
}
