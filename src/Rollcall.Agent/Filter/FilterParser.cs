using Rollcall.Agent.Go;

namespace Rollcall.Agent.Filter;

/// <summary>
/// Reads the filter language of Consul's API: <c>==</c>, <c>!=</c>, <c>in</c>, <c>contains</c>, <c>matches</c>, <c>is empty</c>, each
/// negated with <c>not</c>, joined by <c>and</c>, <c>or</c> and parentheses. Words stand between spaces, also beside parentheses and quotes.
/// </summary>
internal ref struct FilterParser
{
    private const string ExpectedStart = "\"(\", \"-\", \"0\", \"\\\"\", \"`\", \"not\", [ \\t\\r\\n], [1-9] or [a-zA-Z]";
    private const string ExpectedValue = "\"-\", \"0\", \"\\\"\", \"`\", [ \\t\\r\\n], [1-9] or [a-zA-Z]";
    private const string ExpectedOperator = "\"!=\", \"==\", \"contains\", \"in\", \"is\", \"matches\", \"not\" or [ \\t\\r\\n]";
    private const string ExpectedAfterSelector = "\"!=\", \".\", \"==\", \"[\", [ \\t\\r\\n] or [a-zA-Z0-9_]";
    private const string ExpectedSpace = "[ \\t\\r\\n]";
    private const string ExpectedEnd = "\"and\", \"or\", [ \\t\\r\\n] or EOF";
    private const string ExpectedSpaceOrEnd = "[ \\t\\r\\n] or EOF";

    // A filter is a line somebody typed; more nesting than this is an attack on the stack.
    private const int MaxDepth = 100;

    private readonly string _text;
    private int _at;
    private int _depth;
    private FilterSyntaxException? _furthest;

    private FilterParser(string text) => _text = text;

    public static FilterExpression Parse(string text)
    {
        var parser = new FilterParser(text);
        var expression = parser.Or();
        var isApart = parser.SkipSpace();
        return parser._at == text.Length ? expression : throw parser.NoMatch(isApart ? ExpectedEnd : ExpectedSpaceOrEnd);
    }

    private FilterExpression Or()
    {
        var terms = new List<FilterExpression> { And() };
        while (TryWord("or"))
        {
            terms.Add(And());
        }

        return terms.Count == 1 ? terms[0] : new FilterExpression.Or(terms);
    }

    private FilterExpression And()
    {
        var terms = new List<FilterExpression> { Not() };
        while (TryWord("and"))
        {
            terms.Add(Not());
        }

        return terms.Count == 1 ? terms[0] : new FilterExpression.And(terms);
    }

    private FilterExpression Not()
    {
        if (++_depth > MaxDepth)
        {
            throw new FilterSyntaxException($"{Position()}: nested more than {MaxDepth} levels deep");
        }

        SkipSpace();
        var start = _at;
        var expression = TryNot() ? Negated(start) : Primary();
        _depth--;
        return expression;
    }

    /// <summary>What is negated; or where that makes no sense, what begins with "not" as a value or a name.</summary>
    private FilterExpression Negated(int start)
    {
        var depth = _depth;
        FilterExpression? inner = null;
        try
        {
            inner = Not();
        }
        catch (FilterSyntaxException failure) when (failure.At is not null)
        {
            (_at, _depth) = (start, depth);
        }

        // Not in the handler, whose stack would stay for each level.
        return inner is null ? Match() : new FilterExpression.Not(inner);
    }

    private FilterExpression Primary()
    {
        SkipSpace();
        if (!TryTake("("))
        {
            return Match();
        }

        var inner = Or();
        SkipSpace();
        return TryTake(")") ? inner : throw new FilterSyntaxException($"{Position()}: rule \"grouping\": Unmatched parentheses");
    }

    private FilterExpression.Match Match()
    {
        var (parts, quoted) = Operand(ExpectedStart);
        if (TryNegated("in", out var negated))
        {
            var (selector, _) = Operand(ExpectedValue);
            return new FilterExpression.Match(selector, FilterOperator.In, negated, string.Join('.', parts));
        }

        if (quoted)
        {
            throw NoMatch(SkipSpace() ? "\"in\", \"not\" or [ \\t\\r\\n]" : ExpectedSpace);
        }

        if (TryNegated("contains", out negated))
        {
            return new FilterExpression.Match(parts, FilterOperator.In, negated, Value());
        }

        if (TryNegated("matches", out negated))
        {
            return new FilterExpression.Match(parts, FilterOperator.Matches, negated, Value());
        }

        if (TryWord("is"))
        {
            negated = TryWord("not", isSpaced: true);
            return TryTake("empty") ? new FilterExpression.Match(parts, FilterOperator.Empty, negated, "") : throw NoMatch(negated ? "\"empty\" or [ \\t\\r\\n]" : "\"empty\", \"not\" or [ \\t\\r\\n]");
        }

        var isApart = SkipSpace();
        negated = TryTake("!=");
        return negated || TryTake("==")
            ? new FilterExpression.Match(parts, FilterOperator.Equal, negated, Value())
            : throw NoMatch(isApart ? ExpectedOperator : ExpectedAfterSelector);
    }

    private string Value() => string.Join('.', Operand(ExpectedValue).Parts);

    /// <summary>A name with its parts, or a literal as its only part.</summary>
    private (List<string> Parts, bool Quoted) Operand(string expected)
    {
        SkipSpace();
        var next = Peek();
        if (next is '"' or '`')
        {
            return ([Quoted()], true);
        }

        if (next == '-' || char.IsAsciiDigit(next))
        {
            return ([Number()], true);
        }

        if (!char.IsAsciiLetter(next))
        {
            throw NoMatch(expected);
        }

        var parts = new List<string> { Name() };
        while (true)
        {
            if (TryTake("."))
            {
                parts.Add(Name());
            }
            else if (TryTake("["))
            {
                SkipSpace();
                parts.Add(Quoted());
                SkipSpace();
                if (!TryTake("]"))
                {
                    throw NoMatch("\"]\"");
                }
            }
            else
            {
                return (parts, false);
            }
        }
    }

    private string Name()
    {
        var start = _at;
        while (char.IsAsciiLetterOrDigit(Peek()) || Peek() == '_')
        {
            _at++;
        }

        return _at > start ? _text[start.._at] : throw NoMatch("[a-zA-Z]");
    }

    private string Number()
    {
        var start = _at;
        TryTake("-");
        var digits = _at;
        if (!TryTake("0"))
        {
            SkipDigits();
        }

        if (_at == digits)
        {
            throw NoMatch("\"0\" or [1-9]");
        }

        if (Peek() == '.' && _at + 1 < _text.Length && char.IsAsciiDigit(_text[_at + 1]))
        {
            _at++;
            SkipDigits();
        }

        var ends = Peek() is '\0' or ' ' or '\t' or '\r' or '\n' or ')';
        return ends
            ? _text[start.._at]
            : throw new FilterSyntaxException($"{Position()}: rule \"number\": Invalid number literal");
    }

    private void SkipDigits()
    {
        while (char.IsAsciiDigit(Peek()))
        {
            _at++;
        }
    }

    private string Quoted()
    {
        var quote = Peek();
        if (quote is not ('"' or '`'))
        {
            throw NoMatch("\"\\\"\" or \"`\"");
        }

        var start = _at++;
        var length = _text.AsSpan(_at).IndexOf(quote);
        if (length < 0)
        {
            _at = _text.Length;
            throw new FilterSyntaxException($"{Position()}: rule \"string\": Unterminated string literal");
        }

        var text = _text.AsSpan(_at, length);
        _at += length + 1;

        // Only a double-quoted text knows escapes, and none of its own quote.
        return quote == '`' ? text.ToString().Replace("\r", "", StringComparison.Ordinal)
            : GoQuoted.Read(text) ?? throw new FilterSyntaxException($"{Position(start)}: rule \"string\": invalid syntax");
    }

    private bool TryNegated(string word, out bool negated)
    {
        var start = _at;
        negated = TryWord("not");
        if (TryWord(word, isSpaced: negated))
        {
            return true;
        }

        _at = start;
        return false;
    }

    // At the start of an expression, where it may also be a name.
    private bool TryNot()
    {
        var start = _at;
        if (TryTake("not") && SkipSpace())
        {
            return true;
        }

        _at = start;
        return false;
    }

    /// <summary>A word between spaces, which it takes with it.</summary>
    /// <param name="word">The word.</param>
    /// <param name="isSpaced">Whether the space before it has been taken.</param>
    private bool TryWord(string word, bool isSpaced = false)
    {
        var start = _at;
        if ((SkipSpace() || isSpaced) && TryTake(word))
        {
            return SkipSpace() ? true : throw NoMatch(ExpectedSpace);
        }

        _at = start;
        return false;
    }

    private bool TryTake(string text)
    {
        if (string.CompareOrdinal(_text, _at, text, 0, text.Length) != 0)
        {
            return false;
        }

        _at += text.Length;
        return true;
    }

    /// <summary>Whether there was any.</summary>
    private bool SkipSpace()
    {
        var start = _at;
        while (Peek() is ' ' or '\t' or '\r' or '\n')
        {
            _at++;
        }

        return _at > start;
    }

    private readonly char Peek() => _at < _text.Length ? _text[_at] : '\0';

    private readonly string Position() => Position(_at);

    private static string Position(int at) => $"1:{at + 1} ({at})";

    // Of all readings that fail, the one that came furthest says most.
    private FilterSyntaxException NoMatch(string expected) =>
        _furthest is { } known && known.At >= _at ? known : _furthest = new($"{Position()}: no match found, expected: {expected}") { At = _at };
}
