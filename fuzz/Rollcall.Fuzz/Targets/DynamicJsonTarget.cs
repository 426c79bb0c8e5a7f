using System.Text.Json;

namespace Rollcall.Fuzz.Targets;

/// <summary>JSON to a message by descriptors alone.</summary>
internal sealed class DynamicJsonTarget : IFuzzTarget
{
    private readonly DynamicCodec _codec = new();

    public string Name => "dynamic-json";

    public IReadOnlyList<string> Tokens => JsonTokens.All;

    public int Run(byte[] input)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(input, new JsonDocumentOptions { MaxDepth = 200 });
        }
        catch (JsonException)
        {
            return 0;
        }

        using (document)
        {
            if (!_codec.TryEncode(document.RootElement, out var message, out var fault))
            {
                BrokenInvariantException.Unless(!string.IsNullOrEmpty(fault), "a fault is named");
                return fault.Length;
            }

            _codec.CheckWritten(message);
            return message.Length << 8;
        }
    }
}
