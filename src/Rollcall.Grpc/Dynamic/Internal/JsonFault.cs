using System.Text.Json;

namespace Rollcall.Grpc.Dynamic;

/// <summary>
/// What is wrong, and where. Set at the fault; the path is put together on the way out, so that it costs nothing when nothing is wrong.
/// </summary>
internal sealed class JsonFault
{
    private const int MaxShown = 40;

    private string _path = "";
    private string _message = "";

    /// <summary>Sets the fault. Always false, to be returned.</summary>
    public bool Set(string message)
    {
        (_path, _message) = ("", message);
        return false;
    }

    /// <summary>Sets what should be there in place of a JSON value. Always false, to be returned.</summary>
    public bool SetExpected(string wanted, JsonElement given) => Set($"expected {wanted}, not {Show(given)}");

    /// <summary>Says in which member the fault is. Always false, to be returned.</summary>
    public bool In(string member)
    {
        _path = _path.Length == 0 || _path[0] == '[' ? member + _path : $"{member}.{_path}";
        return false;
    }

    /// <summary>Says in which element the fault is. Always false, to be returned.</summary>
    public bool In(int index) => InBrackets($"{index}");

    /// <summary>Says in which entry of a map the fault is. Always false, to be returned.</summary>
    public bool InKey(string key) => InBrackets($"\"{Shorten(key)}\"");

    /// <summary>Path and message; the message alone if the fault is in the message as a whole.</summary>
    public override string ToString() => _path.Length == 0 ? _message : $"{_path}: {_message}";

    private static string Show(JsonElement given) => given.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String when !JsonText.TryGet(given, out _) => "a text that is no Unicode",
        _ => Shorten(given.GetRawText()),
    };

    private static string Shorten(string text) => text.Length <= MaxShown ? text : text[..MaxShown] + "…";

    private bool InBrackets(string content)
    {
        _path = _path.Length == 0 || _path[0] == '[' ? $"[{content}]{_path}" : $"[{content}].{_path}";
        return false;
    }
}
