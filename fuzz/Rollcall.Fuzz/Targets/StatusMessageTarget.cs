using System.Text;

namespace Rollcall.Fuzz.Targets;

/// <summary>Values of grpc-message, as they come and as they are made.</summary>
internal sealed class StatusMessageTarget : IFuzzTarget
{
    public string Name => "message";

    public IReadOnlyList<string> Tokens => ["%", "%20", "%E2%98%BA", "%zz", "%f", "\ud83d\ude08", "\u007f", "\t\r\n"];

    public int Run(byte[] input)
    {
        var received = GrpcStatusMessage.Decode(Encoding.Latin1.GetString(input));
        CheckRoundTrip(received);

        // Two bytes to a character: every text, lone surrogates too.
        var text = Encoding.Unicode.GetString(input);
        CheckRoundTrip(text);
        return HashCode.Combine(received.Contains('%', StringComparison.Ordinal), received.Contains('\ufffd', StringComparison.Ordinal), received.Length == input.Length);
    }

    private static void CheckRoundTrip(string text)
    {
        var encoded = GrpcStatusMessage.Encode(text);
        BrokenInvariantException.Unless(encoded.All(c => c is >= ' ' and <= '~'), "a header value is printable ASCII");

        // Lone surrogates have no form in UTF-8.
        var expected = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        BrokenInvariantException.Unless(GrpcStatusMessage.Decode(encoded) == expected, "what it encodes it decodes");
    }
}
