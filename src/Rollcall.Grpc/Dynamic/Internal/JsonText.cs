using System.Text.Json;

namespace Rollcall.Grpc.Dynamic;

/// <summary>Reads text out of JSON. Escapes may form half a surrogate pair, which is no text and which UTF-8 cannot hold.</summary>
internal static class JsonText
{
    public static bool TryGet(JsonElement json, out string text) => TryGet(json, static element => element.GetString(), out text);

    public static bool TryGetName(JsonProperty property, out string name) => TryGet(property, static member => member.Name, out name);

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
