using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Rollcall.Grpc.Server.Protocols;

namespace Rollcall.Fuzz.Targets;

/// <summary>Bodies of gRPC-Web text: base64 that may be padded after every piece.</summary>
internal sealed class WebTextTarget : IFuzzTarget
{
    public string Name => "web-text";

    public IReadOnlyList<string> Tokens => ["AAAA", "AA==", "AAA=", "====", " ", "\n", "-_-_", "AAAAAAI="];

    public int Run(byte[] input)
    {
        var rest = Segments.Cut(input);
        var decoded = new ArrayBufferWriter<byte>();
        var valid = Base64Quads.TryDecode(ref rest, decoded);
        BrokenInvariantException.Unless(!valid || rest.Length == input.Length % 4, "whole quads are taken");
        var whole = valid && rest.IsEmpty;

        var read = Read(input);

        BrokenInvariantException.Unless(whole == read is not null, "the reader takes what is base64 and nothing else");
        if (read is not null)
        {
            BrokenInvariantException.Unless(decoded.WrittenSpan.SequenceEqual(read), "the reader gives what was decoded");
            CheckRoundTrip(read);
        }

        return HashCode.Combine(valid, whole, input.Length % 4, input.AsSpan().Contains((byte)'='), decoded.WrittenCount / 64);
    }

    // As a call reads: what is decoded is looked at before it is taken. Null when the reader refuses it.
    private static byte[]? Read(byte[] input)
    {
        // A pipe that holds nothing gives nothing to try.
        if (input.Length == 0)
        {
            return [];
        }

        var reader = new TextRequestReader(PipeReader.Create(Segments.Cut(input)));
        var taken = new List<byte>();
        try
        {
            while (true)
            {
                BrokenInvariantException.Unless(reader.TryRead(out var result), "everything is there and nothing is waited for");
                var part = result.Buffer.Slice(0, result.IsCompleted ? result.Buffer.Length : result.Buffer.Length / 2);
                taken.AddRange(part.ToArray());
                reader.AdvanceTo(part.End, result.Buffer.End);
                if (result.IsCompleted)
                {
                    return [.. taken];
                }
            }
        }
        catch (BadHttpRequestException)
        {
            return null;
        }
    }

    private static void CheckRoundTrip(byte[] bytes)
    {
        using var output = new MemoryStream();
        var writer = new TextResponseWriter(PipeWriter.Create(output, new StreamPipeWriterOptions(leaveOpen: true)));
        writer.Write(bytes);
        writer.Complete();
        var rest = new ReadOnlySequence<byte>(output.ToArray());
        var again = new ArrayBufferWriter<byte>();
        BrokenInvariantException.Unless(Base64Quads.TryDecode(ref rest, again) && rest.IsEmpty, "what it encodes it decodes");
        BrokenInvariantException.Unless(again.WrittenSpan.SequenceEqual(bytes), "bytes come back");
    }
}
