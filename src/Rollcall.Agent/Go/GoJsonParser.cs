using System.Buffers;
using System.Globalization;
using System.Text;

namespace Rollcall.Agent.Go;

/// <summary>
/// Reads the first JSON value of a body as Go's <c>json.Decoder</c> does: the same things are accepted (what follows the value is ignored,
/// bad UTF-8 becomes U+FFFD) and refused, and with the same words, which Consul passes on to its clients.
/// </summary>
internal ref struct GoJsonParser
{
    // Go allows 10,000; no body of this API nests beyond five.
    private const int MaxDepth = 200;

    private const string CutOff = "unexpected EOF";

    private static readonly SearchValues<byte> s_stringStops =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(b => (byte)b), (byte)'"', (byte)'\\']);

    private readonly ReadOnlySpan<byte> _json;
    private int _at;
    private int _depth;
    private string? _error;

    private GoJsonParser(ReadOnlySpan<byte> json) => _json = json;

    /// <summary>The value, or null and Go's error text.</summary>
    /// <param name="json">Text that begins with a value.</param>
    /// <param name="error">What is wrong; empty if nothing is.</param>
    /// <param name="alone">Whether nothing may follow the value, as in a file.</param>
    public static GoValue? Parse(ReadOnlySpan<byte> json, out string error, bool alone = false)
    {
        var parser = new GoJsonParser(json);
        parser.SkipSpace();
        if (parser._at == json.Length)
        {
            error = alone ? "unexpected end of JSON input" : "EOF";
            return null;
        }

        var value = parser.Value();
        parser.SkipSpace();
        if (alone && parser._error is null && parser._at < json.Length)
        {
            parser.Fail("after top-level value");
        }

        error = alone && parser._error == CutOff ? "unexpected end of JSON input" : parser._error ?? "";
        return parser._error is null ? value : null;
    }

    private GoValue Value()
    {
        SkipSpace();
        if (_at == _json.Length)
        {
            return Fail("");
        }

        switch (_json[_at])
        {
            case (byte)'{':
                return Nested('{');
            case (byte)'[':
                return Nested('[');
            case (byte)'"':
                return String() is { } text ? new GoValue(GoKind.String) { Text = text } : GoValue.Null;
            case (byte)'t':
                return Literal("true"u8, GoValue.True);
            case (byte)'f':
                return Literal("false"u8, GoValue.False);
            case (byte)'n':
                return Literal("null"u8, GoValue.Null);
            case (byte)'-' or (>= (byte)'0' and <= (byte)'9'):
                return Number();
            default:
                return Fail("looking for beginning of value");
        }
    }

    private GoValue Nested(char open)
    {
        if (++_depth > MaxDepth)
        {
            _error ??= "exceeded max depth";
            return GoValue.Null;
        }

        _at++;
        var value = open == '{' ? Object() : Array();
        _depth--;
        return value;
    }

    private GoValue Object()
    {
        var members = new List<KeyValuePair<string, GoValue>>();
        SkipSpace();
        if (TryTake((byte)'}'))
        {
            return new GoValue(GoKind.Object);
        }

        while (_error is null)
        {
            SkipSpace();
            if (_at == _json.Length || _json[_at] != (byte)'"')
            {
                return Fail("looking for beginning of object key string");
            }

            var name = String();
            SkipSpace();
            if (_error is not null || !TryTake((byte)':'))
            {
                return Fail("after object key");
            }

            var value = Value();
            if (_error is not null)
            {
                break;
            }

            members.Add(new(name!, value));
            SkipSpace();
            if (TryTake((byte)'}'))
            {
                return new GoValue(GoKind.Object) { Members = members };
            }

            if (!TryTake((byte)','))
            {
                return Fail("after object key:value pair");
            }
        }

        return GoValue.Null;
    }

    private GoValue Array()
    {
        var items = new List<GoValue>();
        SkipSpace();
        if (TryTake((byte)']'))
        {
            return new GoValue(GoKind.Array);
        }

        while (_error is null)
        {
            items.Add(Value());
            if (_error is not null)
            {
                break;
            }

            SkipSpace();
            if (TryTake((byte)']'))
            {
                return new GoValue(GoKind.Array) { Items = items };
            }

            if (!TryTake((byte)','))
            {
                return Fail("after array element");
            }
        }

        return GoValue.Null;
    }

    private GoValue Literal(ReadOnlySpan<byte> word, GoValue value)
    {
        for (var i = 0; i < word.Length; i++, _at++)
        {
            if (_at == _json.Length || _json[_at] != word[i])
            {
                return Fail($"in literal {Encoding.ASCII.GetString(word)} (expecting '{(char)word[i]}')");
            }
        }

        return value;
    }

    private GoValue Number()
    {
        var start = _at;
        TryTake((byte)'-');
        if (!TryTake((byte)'0') && !TakeDigits())
        {
            return Fail("in numeric literal");
        }

        if (TryTake((byte)'.') && !TakeDigits())
        {
            return Fail("after decimal point in numeric literal");
        }

        if (TryTake((byte)'e') || TryTake((byte)'E'))
        {
            if (!TryTake((byte)'+'))
            {
                TryTake((byte)'-');
            }

            if (!TakeDigits())
            {
                return Fail("in exponent of numeric literal");
            }
        }

        return new GoValue(GoKind.Number) { Text = Encoding.ASCII.GetString(_json[start.._at]) };
    }

    private string? String()
    {
        _at++;
        var text = new StringBuilder();
        while (true)
        {
            var rest = _json[_at..];
            var end = rest.IndexOfAny(s_stringStops);
            text.Append(Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]));
            _at += end < 0 ? rest.Length : end;
            if (_at == _json.Length || _json[_at] < 0x20)
            {
                Fail("in string literal");
                return null;
            }

            if (_json[_at++] == (byte)'"')
            {
                // Through UTF-8 once more: an escaped half of a surrogate pair becomes U+FFFD, as in Go.
                return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.ToString()));
            }

            if (!Escape(text))
            {
                return null;
            }
        }
    }

    private bool Escape(StringBuilder text)
    {
        if (_at == _json.Length)
        {
            Fail("");
            return false;
        }

        var at = "\"\\/bfnrtu"u8.IndexOf(_json[_at]);
        if (at < 0)
        {
            Fail("in string escape code");
            return false;
        }

        _at++;
        if (at < 8)
        {
            text.Append("\"\\/\b\f\n\r\t"[at]);
            return true;
        }

        var unit = 0;
        for (var i = 0; i < 4; i++, _at++)
        {
            if (_at == _json.Length || !char.IsAsciiHexDigit((char)_json[_at]))
            {
                Fail("in \\u hexadecimal character escape");
                return false;
            }

            unit = (unit << 4) | int.Parse([(char)_json[_at]], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        }

        text.Append((char)unit);
        return true;
    }

    private bool TakeDigits()
    {
        var start = _at;
        while (_at < _json.Length && char.IsAsciiDigit((char)_json[_at]))
        {
            _at++;
        }

        return _at > start;
    }

    private bool TryTake(byte expected)
    {
        if (_at == _json.Length || _json[_at] != expected)
        {
            return false;
        }

        _at++;
        return true;
    }

    private void SkipSpace()
    {
        while (_at < _json.Length && _json[_at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            _at++;
        }
    }

    private GoValue Fail(string where)
    {
        _error ??= _at == _json.Length ? CutOff : $"invalid character {Quote(_json[_at])} {where}";
        return GoValue.Null;
    }

    private static string Quote(byte b) => b switch
    {
        (byte)'\'' => @"'\''",
        (byte)'"' => "'\"'",
        (byte)'\\' => @"'\\'",
        (byte)'\a' => @"'\a'",
        (byte)'\b' => @"'\b'",
        (byte)'\f' => @"'\f'",
        (byte)'\n' => @"'\n'",
        (byte)'\r' => @"'\r'",
        (byte)'\t' => @"'\t'",
        (byte)'\v' => @"'\v'",
        < 0x20 or 0x7F => $@"'\x{b:x2}'",
        >= 0x80 and < 0xA1 or 0xAD => $@"'\u{b:x4}'",
        _ => $"'{(char)b}'",
    };
}
