using System.Text;
using System.Text.Json;

namespace Rollcall.Cli.Commands.Configs;

/// <summary>Where each field of a JSON text stands, by paths such as <c>methodConfig[0].timeout</c>.</summary>
internal sealed class JsonPlaces
{
    private readonly byte[] _text;
    private readonly Dictionary<string, long> _offsets = new(StringComparer.Ordinal) { [""] = 0 };

    private JsonPlaces(byte[] text) => _text = text;

    /// <param name="text">JSON; where it is none any more, places end.</param>
    public static JsonPlaces Of(byte[] text)
    {
        var places = new JsonPlaces(text);
        try
        {
            places.Read();
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // What is known is kept. The second is how the reader says that a name has half of a surrogate pair.
        }

        return places;
    }

    /// <summary>Whether there is such a field.</summary>
    public bool Has(string path) => _offsets.ContainsKey(path);

    /// <summary>Line and column of a field, or of the nearest one around it that is there, both from 1.</summary>
    public (int Line, int Column) Find(string path)
    {
        while (!_offsets.ContainsKey(path))
        {
            path = path[..Math.Max(0, path.LastIndexOfAny(['.', '[']))];
        }

        var before = _text.AsSpan(0, (int)_offsets[path]);
        return (before.Count((byte)'\n') + 1, Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1);
    }

    private void Read()
    {
        var reader = new Utf8JsonReader(_text);
        var open = new Stack<(string Path, bool IsList, int Index)>();
        string? named = null;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    var owner = open.Peek().Path;
                    named = owner.Length == 0 ? reader.GetString()! : $"{owner}.{reader.GetString()}";
                    _offsets.TryAdd(named, reader.TokenStartIndex);
                    continue;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    open.Pop();
                    continue;
            }

            var path = named ?? "";
            if (named is null && open.TryPop(out var list))
            {
                path = $"{list.Path}[{list.Index}]";
                _offsets.TryAdd(path, reader.TokenStartIndex);
                open.Push(list with { Index = list.Index + 1 });
            }

            named = null;
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                open.Push((path, reader.TokenType == JsonTokenType.StartArray, 0));
            }
        }
    }
}
