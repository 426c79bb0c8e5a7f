namespace Rollcall.Fuzz.Targets;

/// <summary>Bytes of a message to JSON by descriptors alone.</summary>
internal sealed class DynamicWireTarget : IFuzzTarget
{
    private readonly DynamicCodec _codec = new();

    public string Name => "dynamic-wire";

    // An int32, a string, a nested message and a type's name; the mutations of the seeds do the rest.
    public IReadOnlyList<string> Tokens => ["\u0008\u0001", "\u0072\u0002ab", "\u0012\u0000", "a/google.protobuf.Duration"];

    public int Run(byte[] input)
    {
        if (!_codec.TryDecode(input, out var json, out var fault))
        {
            BrokenInvariantException.Unless(!string.IsNullOrEmpty(fault), "a fault is named");
            return fault.Length;
        }

        _codec.CheckWrittenJson(json);
        return json.Length << 8;
    }
}
