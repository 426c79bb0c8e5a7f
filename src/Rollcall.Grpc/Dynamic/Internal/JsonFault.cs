using System.Text.Json;

namespace Rollcall.Grpc.Dynamic;

/// <summary>
/// What is wrong, and where. Set at the fault; the path is put together on the way out, so that it costs nothing when nothing is wrong.
/// </summary>
internal sealed class JsonFault
{
    private const int MaxShown = 40;

    /// <summary>Where it is; empty if it is in the message as a whole.</summary>
    public string Path { get; private set; } = "";

    /// <summary>What is wrong there.</summary>
    public string Message { get; private set; } = "";

    /// <summary>For what JSON may have of any length: keys, and what stands for a name or a path.</summary>
    public static string Shorten(ReadOnlySpan<char> text) => text.Length <= MaxShown ? text.ToString() : $"{text[..MaxShown]}…";

    /// <summary>Sets the fault. Always false, to be returned.</summary>
    public bool Set(string message)
    {
        (Path, Message) = ("", message);
        return false;
    }

    /// <summary>Sets what should be there in place of a JSON value. Always false, to be returned.</summary>
    public bool SetExpected(string wanted, JsonElement given) => Set($"expected {wanted}, not {Show(given)}");

    /// <summary>Says in which member the fault is. Always false, to be returned.</summary>
    public bool In(string member)
    {
        Path = Path.Length == 0 || Path[0] == '[' ? member + Path : $"{member}.{Path}";
        return false;
    }

    /// <summary>Says in which element the fault is. Always false, to be returned.</summary>
    public bool In(int index) => InBrackets($"{index}");

    /// <summary>Says in which entry of a map the fault is. Always false, to be returned.</summary>
    public bool InKey(string key) => InBrackets($"\"{Shorten(key)}\"");

    /// <summary>Path and message; the message alone if the fault is in the message as a whole.</summary>
    public override string ToString() => Path.Length == 0 ? Message : $"{Path}: {Message}";

    private static string Show(JsonElement given) => given.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String when !JsonText.TryGet(given, out _) => "a text that is no Unicode",
        _ => Shorten(given.GetRawText()),
    };

    private bool InBrackets(string content)
    {
        Path = Path.Length == 0 || Path[0] == '[' ? $"[{content}]{Path}" : $"[{content}].{Path}";
        return false;
    }
}
