using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Grpc.Core;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>
/// Checks a text before a message is made of it: also the members that the message has no field for, and with the position of what is wrong.
/// </summary>
internal static class JsonSyntax
{
    /// <summary>How deep objects and arrays may be nested.</summary>
    public const int MaxDepth = 100;

    /// <exception cref="RpcException">InvalidArgument, with the position: it is not one value of JSON in UTF-8, or nested too deep.</exception>
    public static void Check(in ReadOnlySequence<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && !IsText(reader))
                {
                    throw MessageDecoder.Fault(StatusCode.InvalidArgument, $"The request body has a text at byte {reader.TokenStartIndex + 1} that is not UTF-8 or escapes half a character.");
                }
            }
        }
        catch (JsonException exception)
        {
            var position = $"The request body is no JSON: line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}.";
            throw MessageDecoder.Fault(StatusCode.InvalidArgument, $"{position} {GetReason(exception)}", logged: position);
        }
    }

    // Outside of texts the syntax leaves no room for anything but ASCII.
    private static bool IsText(in Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.HasValueSequence ? Utf8.IsValid(reader.ValueSequence.ToArray()) : Utf8.IsValid(reader.ValueSpan);
        }

        try
        {
            _ = reader.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    // The message ends with the position, counted from zero.
    private static string GetReason(JsonException exception)
    {
        var end = exception.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? exception.Message : exception.Message[..end];
    }
}
