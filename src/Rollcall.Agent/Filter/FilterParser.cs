using System.Text;

namespace Rollcall.Agent.Filter;

/// <summary>
/// Reads the filter language of Consul's API: <c>==</c>, <c>!=</c>, <c>in</c>, <c>contains</c>, <c>matches</c>, <c>is empty</c>, each
/// negated with <c>not</c>, joined by <c>and</c>, <c>or</c> and parentheses.
/// </summary>
internal ref struct FilterParser
{
    private const string ExpectedStart = "\"(\", \"-\", \"0\", \"\\\"\", \"`\", \"not\", [ \\t\\r\\n], [1-9] or [a-zA-Z]";
    private const string ExpectedValue = "\"-\", \"0\", \"\\\"\", \"`\", [ \\t\\r\\n], [1-9] or [a-zA-Z]";
    private const string ExpectedOperator = "\"!=\", \"==\", \"contains\", \"in\", \"is\", \"matches\", \"not\" or [ \\t\\r\\n]";
    private const string ExpectedEnd = "\"and\", \"or\", [ \\t\\r\\n] or EOF";

    // A filter is a line somebody typed; more nesting than this is an attack on the stack.
    private const int MaxDepth = 100;

    private readonly string _text;
    private int _at;
    private int _depth;

    private FilterParser(string text) => _text = text;

    public static FilterExpression Parse(string text)
    {
        var parser = new FilterParser(text);
        var expression = parser.Or();
        parser.SkipSpace();
        return parser._at == text.Length ? expression : throw parser.NoMatch(ExpectedEnd);
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

        var expression = TryWord("not") ? new FilterExpression.Not(Not()) : Primary();
        _depth--;
        return expression;
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
            throw NoMatch("\"in\", \"not\" or [ \\t\\r\\n]");
        }

        if (TryTake("=="))
        {
            return new FilterExpression.Match(parts, FilterOperator.Equal, false, Value());
        }

        if (TryTake("!="))
        {
            return new FilterExpression.Match(parts, FilterOperator.Equal, true, Value());
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
            negated = TryWord("not");
            return TryWord("empty") ? new FilterExpression.Match(parts, FilterOperator.Empty, negated, "") : throw NoMatch("\"empty\"");
        }

        throw NoMatch(ExpectedOperator);
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

        if (Peek() == '.')
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

        _at++;
        var text = new StringBuilder();
        while (Peek() != quote)
        {
            if (_at == _text.Length)
            {
                throw new FilterSyntaxException($"{Position()}: rule \"string\": Unterminated string literal");
            }

            // Only a double-quoted text knows escapes.
            if (quote == '"' && Peek() == '\\' && _at + 1 < _text.Length)
            {
                _at++;
            }

            text.Append(_text[_at++]);
        }

        _at++;
        return text.ToString();
    }

    private bool TryNegated(string word, out bool negated)
    {
        var start = _at;
        negated = TryWord("not");
        if (TryWord(word))
        {
            return true;
        }

        _at = start;
        SkipSpace();
        return false;
    }

    private bool TryWord(string word)
    {
        var start = _at;
        SkipSpace();
        if (TryTake(word) && !char.IsAsciiLetterOrDigit(Peek()) && Peek() is not ('_' or '.'))
        {
            return true;
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

    private void SkipSpace()
    {
        while (Peek() is ' ' or '\t' or '\r' or '\n')
        {
            _at++;
        }
    }

    private readonly char Peek() => _at < _text.Length ? _text[_at] : '\0';

    private readonly string Position() => $"1:{_at + 1} ({_at})";

    private readonly FilterSyntaxException NoMatch(string expected) => new($"{Position()}: no match found, expected: {expected}");
}
