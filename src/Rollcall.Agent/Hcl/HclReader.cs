using System.Globalization;
using System.Text;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.Hcl;

/// <summary>
/// Reads HCL, version 1, as far as configuration files and access rules use it: attributes, blocks with labels, lists, strings with escapes, heredocs,
/// numbers, comments. An object is always given as a list of objects, one for each block of that name, as HCL's own decoder gives it; a label is an object
/// around its block.
/// </summary>
internal sealed class HclReader
{
    // Nothing that anybody writes nests that deep; a stranger's rules may.
    private const int MaxDepth = 100;

    private readonly string _text;
    private int _at;
    private int _depth;

    private HclReader(string text) => _text = text.Replace("\r\n", "\n", StringComparison.Ordinal);

    /// <summary>The whole text as one object; null with what is wrong, and where.</summary>
    public static GoValue? Read(string text, out string error)
    {
        var reader = new HclReader(text);
        error = "";
        try
        {
            return reader.Body(end: null);
        }
        catch (HclSyntaxException fault)
        {
            error = $"At {reader.Position(fault.At)}: {fault.Message}";
            return null;
        }
    }

    /// <summary>The objects of a value: itself, or those in a list.</summary>
    public static IEnumerable<GoValue> Objects(GoValue value) => value.Kind switch
    {
        GoKind.Object => [value],
        GoKind.Array => value.Items.Where(static item => item.Kind == GoKind.Object),
        _ => [],
    };

    private GoValue Body(char? end)
    {
        if (++_depth > MaxDepth)
        {
            throw new HclSyntaxException(_at, $"objects and lists nest deeper than {MaxDepth}");
        }

        var members = new List<KeyValuePair<string, GoValue>>();
        var places = new Dictionary<string, Place>(StringComparer.Ordinal);
        while (true)
        {
            SkipSpace();
            if (_at == _text.Length)
            {
                _depth--;
                return end is null
                    ? new GoValue(GoKind.Object) { Members = members }
                    : throw new HclSyntaxException(_at, "object expected closing RBRACE got: EOF");
            }

            if (_text[_at] == end)
            {
                _at++;
                _depth--;
                return new GoValue(GoKind.Object) { Members = members };
            }

            Put(members, places, Key(), Member());
            SkipSpace();
            if (_at < _text.Length && _text[_at] == ',')
            {
                _at++;
            }
        }
    }

    // A block that comes again is one more; an attribute that comes again is the last.
    private static void Put(List<KeyValuePair<string, GoValue>> members, Dictionary<string, Place> places, string key, GoValue value)
    {
        if (places.TryGetValue(key, out var place))
        {
            if (place.Blocks is { } blocks && IsBlocks(value))
            {
                // The member's own list.
                blocks.AddRange(value.Items);
                return;
            }
        }
        else
        {
            place = places[key] = new Place(members.Count);
            members.Add(default);
        }

        place.Blocks = IsBlocks(value) ? [.. value.Items] : null;
        members[place.At] = new(key, place.Blocks is null ? value : new GoValue(GoKind.Array) { Items = place.Blocks });
    }

    private static bool IsBlocks(GoValue value) => value.Kind == GoKind.Array && value.Items.Count > 0 && value.Items.All(static item => item.Kind == GoKind.Object);

    /// <summary>What follows a key: a value, or labels and a block.</summary>
    private GoValue Member()
    {
        SkipSpace();
        if (_at < _text.Length && _text[_at] == '=')
        {
            _at++;
            return Value();
        }

        if (_at < _text.Length && _text[_at] == '{')
        {
            _at++;
            return Single(Body('}'));
        }

        // A label: the same again one level down.
        if (++_depth > MaxDepth)
        {
            throw new HclSyntaxException(_at, $"objects and lists nest deeper than {MaxDepth}");
        }

        if (_at == _text.Length)
        {
            throw new HclSyntaxException(_at, "key without a value: expected ASSIGN or LBRACE got: EOF");
        }

        var label = Key();
        SkipSpace();
        if (_at < _text.Length && _text[_at] == '=')
        {
            throw new HclSyntaxException(_at, "nested object expected: LBRACE got: ASSIGN");
        }

        var inner = Member();
        _depth--;
        return Single(new GoValue(GoKind.Object) { Members = [new(label, inner)] });
    }

    private static GoValue Single(GoValue value) => new(GoKind.Array) { Items = [value] };

    private string Key()
    {
        var start = _at;
        if (_text[_at] == '"')
        {
            return Quoted();
        }

        while (_at < _text.Length && (char.IsLetterOrDigit(_text[_at]) || _text[_at] is '_' or '-' or '.'))
        {
            _at++;
        }

        return _at > start && (char.IsLetter(_text[start]) || _text[start] == '_')
            ? _text[start.._at]
            : throw new HclSyntaxException(start, $"a key was expected, got: {Describe(start)}");
    }

    private GoValue Value()
    {
        SkipSpace();
        if (_at == _text.Length)
        {
            throw new HclSyntaxException(_at, "a value was expected, got: EOF");
        }

        var c = _text[_at];
        switch (c)
        {
            case '"':
                return new GoValue(GoKind.String) { Text = Quoted() };
            case '{':
                _at++;
                return Single(Body('}'));
            case '[':
                return List();
            case '<':
                return new GoValue(GoKind.String) { Text = HereDocument() };
            case '-' or '.' or (>= '0' and <= '9'):
                return Number();
            default:
                var start = _at;
                while (_at < _text.Length && char.IsAsciiLetter(_text[_at]))
                {
                    _at++;
                }

                return _text[start.._at] switch
                {
                    "true" => GoValue.True,
                    "false" => GoValue.False,
                    _ => throw new HclSyntaxException(start, $"Unknown token: {Describe(start)}; put text in quotes"),
                };
        }
    }

    private GoValue List()
    {
        if (++_depth > MaxDepth)
        {
            throw new HclSyntaxException(_at, $"objects and lists nest deeper than {MaxDepth}");
        }

        _at++;
        var items = new List<GoValue>();
        while (true)
        {
            SkipSpace();
            if (_at < _text.Length && _text[_at] == ']')
            {
                _at++;
                _depth--;
                return new GoValue(GoKind.Array) { Items = items };
            }

            // In a list an object is itself.
            var value = Value();
            items.AddRange(IsBlocks(value) ? value.Items : [value]);
            SkipSpace();
            if (_at < _text.Length && _text[_at] == ',')
            {
                _at++;
            }
            else if (_at == _text.Length || _text[_at] != ']')
            {
                throw new HclSyntaxException(_at, $"error parsing list, expected comma or list end, got: {Describe(_at)}");
            }
        }
    }

    private GoValue Number()
    {
        var start = _at;
        _at += _text[_at] == '-' ? 1 : 0;
        if (_text.AsSpan(_at) is ['0', 'x' or 'X', ..])
        {
            _at += 2;
            while (_at < _text.Length && char.IsAsciiHexDigit(_text[_at]))
            {
                _at++;
            }

            return Whole(start, "illegal hexadecimal number");
        }

        while (_at < _text.Length && (char.IsAsciiDigit(_text[_at]) || _text[_at] is '.' or 'e' or 'E' || (_text[_at] is '+' or '-' && _text[_at - 1] is 'e' or 'E')))
        {
            _at++;
        }

        var text = _text[start.._at];
        if (text.AsSpan().IndexOfAny('.', 'e', 'E') < 0)
        {
            return Whole(start, text.AsSpan().TrimStart('-') is ['0', _, ..] ? $"illegal octal number: {text}" : $"illegal number: {text}");
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? new GoValue(GoKind.Number) { Text = text }
            : throw new HclSyntaxException(start, $"illegal number: {text}");
    }

    // A whole number has 64 bits, and says its base itself.
    private GoValue Whole(int start, string fault) =>
        GoInteger.Read(_text[start.._at], out _) is { } number
            ? new GoValue(GoKind.Number) { Text = number.ToString(CultureInfo.InvariantCulture) }
            : throw new HclSyntaxException(start, fault);

    private string Quoted()
    {
        var start = _at++;
        var text = new StringBuilder();
        var braces = 0;
        while (true)
        {
            if (_at == _text.Length || (_text[_at] == '\n' && braces == 0))
            {
                throw new HclSyntaxException(start, "literal not terminated");
            }

            var c = _text[_at++];
            if (braces == 0 && c == '"')
            {
                return text.ToString();
            }

            if (c == '$' && _at < _text.Length && _text[_at] == '{')
            {
                // An interpolation, which nothing here evaluates, may have quotes in it.
                braces++;
                _at++;
                text.Append("${");
                continue;
            }

            braces += braces == 0 ? 0 : c switch { '{' => 1, '}' => -1, _ => 0 };
            if (c == '\\' && braces == 0)
            {
                Escape(text);
            }
            else
            {
                text.Append(c);
            }
        }
    }

    private void Escape(StringBuilder text)
    {
        var c = _at < _text.Length ? _text[_at++] : '\0';
        var simple = "abfnrtv\\\"".IndexOf(c, StringComparison.Ordinal);
        if (simple >= 0)
        {
            text.Append("\a\b\f\n\r\t\v\\\""[simple]);
            return;
        }

        if (c is 'x' or (>= '0' and <= '7'))
        {
            // These are bytes of UTF-8, of which a letter may need several.
            var bytes = new List<byte> { Byte(c) };
            while (_text.AsSpan(_at) is ['\\', 'x' or (>= '0' and <= '7'), ..])
            {
                _at += 2;
                bytes.Add(Byte(_text[_at - 1]));
            }

            text.Append(Encoding.UTF8.GetString([.. bytes]));
            return;
        }

        var length = c switch { 'u' => 4, 'U' => 8, _ => 0 };
        if (length == 0 || !Rune.TryCreate(Code(_at, length, 16), out var rune))
        {
            throw IllegalEscape(_at - 1);
        }

        _at += length;
        text.Append(rune.ToString());
    }

    /// <summary>A byte in hexadecimal after an x, or in octal.</summary>
    private byte Byte(char first)
    {
        var code = first == 'x' ? Code(_at, 2, 16) : Code(_at - 1, 3, 8);
        _at += 2;
        return code <= byte.MaxValue ? (byte)code : throw IllegalEscape(_at - 1);
    }

    private uint Code(int at, int length, uint radix)
    {
        var code = 0u;
        for (var i = at; i < at + length; i++)
        {
            code = i < _text.Length && Digit(_text[i]) is var digit && digit < radix ? (code * radix) + (uint)digit : throw IllegalEscape(i);
        }

        return code;
    }

    private static HclSyntaxException IllegalEscape(int at) => new(at, "illegal char escape");

    private static int Digit(char c) => char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiHexDigit(c) ? char.ToLowerInvariant(c) - 'a' + 10 : int.MaxValue;

    /// <summary><c>&lt;&lt;EOF</c>, or <c>&lt;&lt;-EOF</c> for text that is indented with its end.</summary>
    private string HereDocument()
    {
        var start = _at;
        var lineEnd = _text.IndexOf('\n', _at);
        if (lineEnd < 0 || !_text.AsSpan(_at).StartsWith("<<"))
        {
            throw new HclSyntaxException(start, "heredoc expected: <<NAME and a line end");
        }

        var name = _text[(_at + 2)..lineEnd];
        var indented = name.StartsWith('-');
        name = indented ? name[1..] : name;
        if (name.Length == 0 || !name.All(static c => char.IsLetterOrDigit(c) || c == '_'))
        {
            throw new HclSyntaxException(start, "heredoc needs a name of letters, digits and underscores");
        }

        var lines = new List<string>();
        _at = lineEnd + 1;
        while (_at < _text.Length)
        {
            lineEnd = _text.IndexOf('\n', _at);
            var next = lineEnd < 0 ? _text.Length : lineEnd + 1;
            var line = _text[_at..next];
            _at = next;
            if (line.TrimEnd('\n').TrimStart() == name)
            {
                // What follows the name is the next member's.
                _at -= lineEnd < 0 ? 0 : 1;
                var indent = line[..line.IndexOf(name, StringComparison.Ordinal)];
                return indented ? Dedent(lines, indent) : string.Concat(lines) + indent;
            }

            lines.Add(line);
        }

        throw new HclSyntaxException(start, "heredoc not terminated");
    }

    // HCL goes by how far the end is indented, and where a line has less, even an empty one, it leaves all of them as they are.
    private static string Dedent(List<string> lines, string indent) =>
        string.Concat(lines.All(line => line.StartsWith(indent, StringComparison.Ordinal)) ? lines.Select(line => line[indent.Length..]) : lines);

    private void SkipSpace()
    {
        while (_at < _text.Length)
        {
            var rest = _text.AsSpan(_at);
            if (char.IsWhiteSpace(rest[0]) || rest[0] == '\uFEFF')
            {
                _at++;
            }
            else if (rest[0] == '#' || rest.StartsWith("//"))
            {
                var end = rest.IndexOf('\n');
                _at += end < 0 ? rest.Length : end;
            }
            else if (rest.StartsWith("/*"))
            {
                var end = rest.IndexOf("*/");
                _at += end < 0 ? throw new HclSyntaxException(_at, "comment not terminated") : end + 2;
            }
            else
            {
                return;
            }
        }
    }

    private string Describe(int at) => at >= _text.Length ? "EOF" : $"'{_text[at]}'";

    private string Position(int at)
    {
        var before = _text.AsSpan(0, Math.Min(at, _text.Length));
        var line = before.Count('\n') + 1;

        // HCL's own reader is one further when it sees that there is no more.
        var column = before.Length - (before.LastIndexOf('\n') + 1) + (at >= _text.Length ? 2 : 1);
        return string.Create(CultureInfo.InvariantCulture, $"{line}:{column}");
    }

    /// <summary>A member of an object that is being read.</summary>
    private sealed class Place(int at)
    {
        public int At => at;

        /// <summary>Its value, as long as that is blocks.</summary>
        public List<GoValue>? Blocks { get; set; }
    }
}
