using System.Buffers;

namespace Rollcall.Fuzz.Targets;

/// <summary>Compressed messages: the first byte picks the compression, the rest is its bytes.</summary>
internal sealed class CompressionTarget : IFuzzTarget
{
    private const int Limit = 10_000;

    public string Name => "compression";

    public IReadOnlyList<string> Tokens => [];

    public int Run(byte[] input)
    {
        if (input.Length == 0)
        {
            return 0;
        }

        var name = input[0] % 2 == 0 ? "gzip" : "deflate";
        BrokenInvariantException.Unless(GrpcEncodings.Default.TryFind(name, out var provider), "both are known");
        var result = GrpcCompression.TryDecompress(provider, Segments.Cut(input[1..]), Limit, out var message);
        var outcome = (input[0] % 2) + (2 * (int)result);
        if (result != GrpcDecompressionResult.Decompressed)
        {
            return outcome;
        }

        using (message)
        {
            var plain = message.Payload.ToArray();
            BrokenInvariantException.Unless(plain.Length <= Limit, "the limit holds");
            if (plain.Length == 0)
            {
                return outcome;
            }

            using var packed = GrpcCompression.Compress(provider, message);
            var again = GrpcCompression.TryDecompress(provider, new ReadOnlySequence<byte>(packed.Payload), Limit, out var unpacked);
            BrokenInvariantException.Unless(again == GrpcDecompressionResult.Decompressed, "what it compresses it decompresses");
            using (unpacked)
            {
                BrokenInvariantException.Unless(unpacked.Payload.Span.SequenceEqual(plain), "what it compresses comes back");
            }

            return outcome + (8 * plain.Length);
        }
    }
}
