using System.Text.Json;

namespace Rollcall.Grpc.Dynamic;

/// <summary>
/// Reads text out of JSON. Escapes may form half a surrogate pair, and bytes may be no UTF-8, which the parser lets pass: neither is text.
/// </summary>
internal static class JsonText
{
    public static bool TryGet(JsonElement json, out string text) => TryGet(json, static element => element.GetString(), out text);

    public static bool TryGetName(JsonProperty property, out string name) => TryGet(property, static member => member.Name, out name);

    /// <summary>The last member of a name in an object. Members whose names are no text are passed over.</summary>
    public static bool TryFind(JsonElement json, string name, out JsonElement value)
    {
        value = default;
        foreach (var member in json.EnumerateObject())
        {
            if (TryGetName(member, out var given) && given == name)
            {
                value = member.Value;
            }
        }

        return value.ValueKind != JsonValueKind.Undefined;
    }

    private static bool TryGet<T>(T source, Func<T, string?> read, out string text)
    {
        try
        {
            text = read(source) ?? "";
            return true;
        }
        catch (InvalidOperationException e) when (e is not ObjectDisposedException)
        {
            text = "";
            return false;
        }
    }
}
