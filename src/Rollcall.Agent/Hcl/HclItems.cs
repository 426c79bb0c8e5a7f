using System.Text;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.Hcl;

/// <summary>Takes a text that <see cref="HclReader"/> can read into items, with its comments.</summary>
internal sealed class HclItems
{
    private readonly string _text;
    private readonly Func<string, string> _rename;
    private int _at;
    private int _line;

    private HclItems(string text, Func<string, string> rename) => (_text, _rename) = (text, rename);

    private char Current => _at < _text.Length ? _text[_at] : '\0';

    /// <exception cref="HclSyntaxException">It is not what <see cref="HclReader"/> can read.</exception>
    /// <param name="text">The text.</param>
    /// <param name="rename">Gives each key, as it is written, another name or its own.</param>
    public static List<HclItem> Of(string text, Func<string, string> rename) => new HclItems(text, rename).Body();

    /// <summary>The same for a JSON object, whose objects of objects are blocks with labels.</summary>
    public static List<HclItem> Of(GoValue json, Func<string, string> rename) => [.. json.Members.SelectMany(member => Items(rename(Quote(member.Key)), member.Value, rename))];

    private static IEnumerable<HclItem> Items(string head, GoValue value, Func<string, string> rename) => value.Kind switch
    {
        GoKind.Array => value.Items.SelectMany(item => Items(head, item, rename)),
        GoKind.Object when value.Members.Count > 0 && value.Members.All(static member => member.Value.Kind is GoKind.Object or GoKind.Array) =>
            value.Members.SelectMany(member => Items($"{head} {Quote(member.Key)}", member.Value, rename)),
        GoKind.Object => [new HclItem { Head = head, Body = Of(value, rename) }],
        _ => [new HclItem { Head = $"{head} =", Value = value.Kind switch { GoKind.String => Quote(value.Text), GoKind.Bool => value.Bool ? "true" : "false", GoKind.Number => value.Text, _ => "null" } }],
    };

    private static string Quote(string text) =>
        new StringBuilder(text).Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n").Insert(0, '"').Append('"').ToString();

    private List<HclItem> Body()
    {
        var items = new List<HclItem>();
        while (true)
        {
            var comments = Comments(items);
            if (_at == _text.Length || _text[_at] == '}')
            {
                _at = Math.Min(_at + 1, _text.Length);
                return items;
            }

            items.Add(Item(comments));
        }
    }

    private HclItem Item(List<string> comments)
    {
        var line = _line;
        var head = new StringBuilder(_rename(Word()));
        while (true)
        {
            SkipToToken();
            if (Current == '{')
            {
                return Block(head, comments, line);
            }

            if (Current != '=')
            {
                head.Append(' ').Append(Word());
                continue;
            }

            _at++;
            SkipToToken();
            head.Append(" =");
            if (Current == '{')
            {
                return Block(head, comments, line);
            }

            var value = Value();
            SkipBlanks(lines: false);
            return new HclItem { Head = head.ToString(), Value = value, Comments = comments, Trail = IsComment() ? Comment() : "", Line = line };
        }
    }

    private HclItem Block(StringBuilder head, List<string> comments, int line)
    {
        _at++;
        return new HclItem { Head = head.ToString(), Body = Body(), Comments = comments, Line = line };
    }

    /// <summary>Those right above what comes next; others become items of their own.</summary>
    private List<string> Comments(List<HclItem> items)
    {
        var group = new List<string>();
        var end = -1;
        while (true)
        {
            SkipBlanks(lines: true);
            var isComment = IsComment();
            if (group.Count > 0 && (_line != end + 1 || (!isComment && (_at == _text.Length || _text[_at] == '}'))))
            {
                items.Add(new HclItem { Comments = group });
                group = [];
            }

            if (!isComment)
            {
                return group;
            }

            group.Add(Comment());
            end = _line;
        }
    }

    private bool IsComment() => _at < _text.Length && (_text[_at] == '#' || (_text[_at] == '/' && _at + 1 < _text.Length && _text[_at + 1] is '/' or '*'));

    private string Comment()
    {
        var end = !_text.AsSpan(_at).StartsWith("/*") ? LineEnd() : _text.IndexOf("*/", _at + 2, StringComparison.Ordinal) is >= 0 and var close ? close + 2 : _text.Length;
        return Take(end).TrimEnd();
    }

    private string Word()
    {
        if (Current == '"')
        {
            return Quoted();
        }

        var word = TakeWhile(static c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.');
        return word.Length > 0 ? word : throw Unexpected();
    }

    private string Value()
    {
        var start = _at;
        switch (Current)
        {
            case '"':
                return Quoted();
            case '<':
                return HereDocument();
            case '[':
                for (var depth = 0; depth > 0 || start == _at;)
                {
                    depth += Current switch { '[' or '{' => 1, ']' or '}' => -1, _ => 0 };
                    _ = Current switch { '"' => Quoted(), '<' => HereDocument(), _ when IsComment() => Comment(), _ => Take(_at + 1) };
                }

                return _text[start.._at];
            case '-' or '.' or (>= '0' and <= '9'):
                _ = Take(_at + 1);
                var isHex = _text[start.._at] is "0" or "-" && _text.AsSpan(start).TrimStart('-') is ['0', 'x' or 'X', ..];
                _ = TakeWhile(c => isHex ? char.IsAsciiHexDigit(c) || c is 'x' or 'X' : char.IsAsciiDigit(c) || c is '.' or 'e' or 'E' or '+' or '-');
                return _text[start.._at];
            default:
                var word = TakeWhile(char.IsAsciiLetter);
                return word.Length > 0 ? word : throw Unexpected();
        }
    }

    private string HereDocument()
    {
        var start = _at;
        var name = Take(LineEnd()).TrimStart('<').TrimStart('-').Trim();
        while (true)
        {
            if (_at == _text.Length)
            {
                throw Unexpected();
            }

            _ = Take(_at + 1);
            if (Take(LineEnd()).TrimEnd('\r').TrimStart() == name)
            {
                return _text[start.._at];
            }
        }
    }

    private int LineEnd() => _text.IndexOf('\n', _at) is >= 0 and var end ? end : _text.Length;

    private string Quoted()
    {
        var (end, braces) = (_at + 1, 0);
        while (end < _text.Length && (braces > 0 || _text[end] != '"'))
        {
            braces += _text[end] switch { '{' when braces > 0 || _text[end - 1] == '$' => 1, '}' when braces > 0 => -1, _ => 0 };
            end += _text[end] == '\\' && braces == 0 ? 2 : 1;
        }

        return Take(end + 1);
    }

    private string TakeWhile(Func<char, bool> belongs)
    {
        var end = _at;
        while (end < _text.Length && belongs(_text[end]))
        {
            end++;
        }

        return Take(end);
    }

    // Where this sees the text otherwise than HclReader did, it says so.
    private HclSyntaxException Unexpected() => new(_at, _at < _text.Length ? $"can't be laid out: {_text[_at]}" : "can't be laid out: EOF");

    private void SkipToToken()
    {
        SkipBlanks(lines: true);
        while (IsComment())
        {
            _ = Comment();
            SkipBlanks(lines: true);
        }
    }

    private string Take(int end)
    {
        var taken = end <= _text.Length && end >= _at ? _text[_at..end] : throw Unexpected();
        _line += taken.AsSpan().Count('\n');
        _at = end;
        return taken;
    }

    private void SkipBlanks(bool lines)
    {
        while (_at < _text.Length && (_text[_at] is ',' or '\uFEFF' || (char.IsWhiteSpace(_text[_at]) && (lines || _text[_at] != '\n'))))
        {
            Take(_at + 1);
        }
    }
}
