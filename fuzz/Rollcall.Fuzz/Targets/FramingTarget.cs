using System.Buffers;

namespace Rollcall.Fuzz.Targets;

/// <summary>Length-prefixed messages, whole and in pieces.</summary>
internal sealed class FramingTarget : IFuzzTarget
{
    private const int Limit = 1000;

    public string Name => "framing";

    public IReadOnlyList<string> Tokens => ["\0\0\0\0\0", "\u0001\0\0\0\u0001", "\0\0\0\u0003\u0068"];

    public int Run(byte[] input)
    {
        var whole = new ReadOnlySequence<byte>(input);
        var cut = Segments.Cut(input);
        var frames = 0;
        while (true)
        {
            var before = whole.Length;
            var result = GrpcFraming.TryReadFrame(ref whole, Limit, out var frame);
            var again = GrpcFraming.TryReadFrame(ref cut, Limit, out var cutFrame);
            BrokenInvariantException.Unless(result == again && whole.Length == cut.Length, "pieces are read as the whole is");
            if (result != GrpcFrameResult.Frame)
            {
                BrokenInvariantException.Unless(whole.Length == before, "what is no frame is not consumed");
                return (frames * 4) + (int)result;
            }

            var payload = frame.Payload.ToArray();
            BrokenInvariantException.Unless(payload.AsSpan().SequenceEqual(cutFrame.Payload.ToArray()), "pieces hold the payload");
            BrokenInvariantException.Unless(payload.Length == frame.Length && payload.Length <= Limit, "the payload has the announced length");
            BrokenInvariantException.Unless(before - whole.Length == payload.Length + GrpcFraming.PrefixLength, "one frame is consumed");
            var prefix = new byte[GrpcFraming.PrefixLength];
            GrpcFraming.WritePrefix(prefix, payload.Length, frame.Compressed);
            BrokenInvariantException.Unless(
                input.AsSpan((int)(input.Length - before), GrpcFraming.PrefixLength).SequenceEqual(prefix), "the prefix is written as it was read");
            frames++;
        }
    }
}
