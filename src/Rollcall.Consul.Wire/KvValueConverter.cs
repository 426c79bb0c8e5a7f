using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rollcall.Consul.Wire;

/// <summary>Base64, and <c>null</c> for no bytes as Go writes it; the generated writer makes an empty string of null.</summary>
internal sealed class KvValueConverter : JsonConverter<byte[]?>
{
    public override bool HandleNull => true;

    public override byte[]? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? null
        : reader.TokenType == JsonTokenType.String && reader.TryGetBytesFromBase64(out var value) ? value
        : throw new JsonException("A value is base64 or null.");

    public override void Write(Utf8JsonWriter writer, byte[]? value, JsonSerializerOptions options)
    {
        if (value is { Length: > 0 })
        {
            writer.WriteBase64StringValue(value);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}
