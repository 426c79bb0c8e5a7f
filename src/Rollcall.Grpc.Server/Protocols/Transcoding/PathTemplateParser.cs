namespace Rollcall.Grpc.Server.Protocols;

/// <summary>
/// Reads one path template: <c>Template = "/" Segments [ ":" LITERAL ]; Segment = "*" | "**" | LITERAL | "{" FieldPath [ "=" Segments ] "}"</c>.
/// The first fault ends it. For one use.
/// </summary>
internal sealed class PathTemplateParser(string text)
{
    private readonly List<PathSegment> _segments = [];
    private readonly List<PathVariable> _variables = [];
    private int _position;

    /// <summary>What is wrong, when <see cref="Parse"/> returned null.</summary>
    public string Fault { get; private set; } = "";

    public PathTemplate? Parse()
    {
        if (!text.StartsWith('/'))
        {
            _ = Fail("a template starts with '/'");
            return null;
        }

        _position = 1;
        var verb = TakeVerb(out var end);
        if (verb is { Length: 0 })
        {
            _position = end;
            _ = Fail("nothing follows the ':' of the verb");
            return null;
        }

        // A template of the slash alone is the root.
        var parsed = (end == 1 && verb is null) || ParseSegments(end, inVariable: false);
        return parsed && Decode(verb, out var decodedVerb) ? new PathTemplate(text, _segments, _variables, decodedVerb) : null;
    }

    // The verb is what follows the last segment and a colon. A variable or wildcard takes a whole segment: behind it the first colon is that one. In
    // a literal, which may have colons of its own, it is the last.
    private string? TakeVerb(out int end)
    {
        var slash = text.LastIndexOf('/');
        var close = text.LastIndexOf('}');
        var colon = close > slash ? text.IndexOf(':', close)
            : text.AsSpan(slash + 1).StartsWith('*') ? text.IndexOf(':', slash)
            : text.LastIndexOf(':');
        end = text.Length;
        if (colon < slash)
        {
            return null;
        }

        end = colon;
        return text[(colon + 1)..];
    }

    private bool ParseSegments(int end, bool inVariable)
    {
        while (true)
        {
            if (_segments is [.., { Kind: PathSegmentKind.Rest }])
            {
                return Fail("'**' must be the last segment");
            }

            if (!ParseSegment(end, inVariable))
            {
                return false;
            }

            if (_position == end)
            {
                return true;
            }

            if (inVariable && text[_position] == '}')
            {
                return true;
            }

            if (text[_position] != '/')
            {
                return Fail("a variable or wildcard takes a whole segment");
            }

            _position++;
        }
    }

    private bool ParseSegment(int end, bool inVariable)
    {
        if (_position < end && text[_position] == '{')
        {
            return inVariable ? Fail("a variable must not contain another one") : ParseVariable(end);
        }

        var length = text.AsSpan(_position, end - _position).IndexOfAny('/', '{', '}');
        var literal = length < 0 ? text[_position..end] : text.Substring(_position, length);
        switch (literal)
        {
            case "":
                return Fail("a segment is empty");
            case "*":
                _segments.Add(new PathSegment(PathSegmentKind.Single, ""));
                break;
            case "**":
                _segments.Add(new PathSegment(PathSegmentKind.Rest, ""));
                break;
            default:
                if (literal.Contains('*', StringComparison.Ordinal))
                {
                    return Fail("a '*' stands alone in its segment");
                }

                if (!Decode(literal, out var decoded))
                {
                    return false;
                }

                _segments.Add(new PathSegment(PathSegmentKind.Literal, decoded!));
                break;
        }

        _position += literal.Length;
        return true;
    }

    private bool ParseVariable(int end)
    {
        _position++;
        var length = text.AsSpan(_position, end - _position).IndexOfAny('=', '}');
        if (length < 0)
        {
            return Fail("'{' is not closed");
        }

        var fieldPath = text.Substring(_position, length);
        if (!fieldPath.Split('.').All(IsIdentifier))
        {
            return Fail($"'{fieldPath}' is no field path");
        }

        if (_variables.Exists(variable => variable.FieldPath == fieldPath))
        {
            return Fail($"'{fieldPath}' is bound twice");
        }

        _position += length;
        var start = _segments.Count;
        if (text[_position] == '}')
        {
            _segments.Add(new PathSegment(PathSegmentKind.Single, ""));
        }
        else
        {
            _position++;
            if (!ParseSegments(end, inVariable: true))
            {
                return false;
            }

            if (_position == end)
            {
                return Fail("'{' is not closed");
            }
        }

        _position++;
        var count = _segments.Count - start;
        _variables.Add(new PathVariable(fieldPath, start, count, count == 1 && _segments[start].Kind == PathSegmentKind.Single));
        return true;
    }

    // Literals are compared with decoded paths. The router has no way to write a question mark.
    private bool Decode(string? literal, out string? decoded)
    {
        decoded = literal is null ? null : Uri.UnescapeDataString(literal);
        return decoded?.AsSpan().ContainsAny('?', '/') != true || Fail($"'{literal}' holds a '?' or a slash");
    }

    private static bool IsIdentifier(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private bool Fail(string fault)
    {
        Fault = $"{fault} (position {_position + 1} of '{text}')";
        return false;
    }
}
