using System.Globalization;
using System.Text;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.Queries;

/// <summary>
/// A text with expressions in it: <c>${name.full}</c>, <c>${match(1)}</c>, whole numbers with <c>+ - * / %</c>; <c>$$</c> stands for <c>$</c>. What
/// Consul's documentation of templates names of its interpolation language, without fractions.
/// </summary>
internal sealed class TemplateText
{
    // Far more than any name, tag or datacenter has; a name that is in it many times would be made as many times.
    private const int MaxLength = 65_536;

    private readonly List<TemplateExpression> _parts;

    private TemplateText(List<TemplateExpression> parts) => _parts = parts;

    /// <returns>Null: it is not well formed.</returns>
    public static TemplateText? Parse(string text) => new Parser(text).Text(end: null);

    /// <summary>Null, with a fault in Consul's words: it has no value.</summary>
    public string? Evaluate(ITemplateScope scope, ref string fault)
    {
        var text = new StringBuilder();
        foreach (var part in _parts)
        {
            if (part.Evaluate(scope, ref fault) is not { } value)
            {
                return null;
            }

            text.Append(CultureInfo.InvariantCulture, $"{value}");
            if (text.Length > MaxLength)
            {
                fault = string.Create(CultureInfo.InvariantCulture, $"the text is longer than {MaxLength} characters");
                return null;
            }
        }

        return text.ToString();
    }

    private sealed class Parser(string text)
    {
        // Deeper than anybody nests; the stack has an end.
        private const int MaxDepth = 50;
        private const int MaxOperators = 500;

        private int _at;
        private int _depth;
        private int _operators;

        private char Current => _at < text.Length ? text[_at] : '\0';

        /// <param name="end">The character that ends the text and is passed over; null: the end.</param>
        public TemplateText? Text(char? end)
        {
            var parts = new List<TemplateExpression>();
            var plain = new StringBuilder();
            while (true)
            {
                if (_at >= text.Length)
                {
                    return end is null ? Done() : null;
                }

                if (text[_at] == end)
                {
                    _at++;
                    return Done();
                }

                var rest = text.AsSpan(_at);
                if (rest.StartsWith("$$"))
                {
                    plain.Append('$');
                    _at += 2;
                }
                else if (rest.StartsWith("${"))
                {
                    _at += 2;
                    if (Expression() is not { } expression || !Take('}'))
                    {
                        return null;
                    }

                    Flush();
                    parts.Add(expression);
                }
                else if (end is not null && Current == '\\' && _at + 1 < text.Length)
                {
                    plain.Append(text[_at + 1] switch { 'n' => '\n', var escaped => escaped });
                    _at += 2;
                }
                else
                {
                    plain.Append(text[_at++]);
                }
            }

            TemplateText Done()
            {
                Flush();
                return new TemplateText(parts);
            }

            void Flush()
            {
                if (plain.Length > 0)
                {
                    parts.Add(new TemplateExpression.Literal(plain.ToString()));
                    plain.Clear();
                }
            }
        }

        // From left to right, whatever the operators: Consul 1.8.7 takes 1 + 2 * 3 for 9.
        private TemplateExpression? Expression()
        {
            var left = Operand();
            while (left is not null && SkipSpace() is '+' or '-' or '*' or '/' or '%')
            {
                var sign = text[_at++];
                left = ++_operators <= MaxOperators && Operand() is { } right ? new TemplateExpression.Arithmetic(sign, left, right) : null;
            }

            return left;
        }

        private TemplateExpression? Operand()
        {
            if (++_depth > MaxDepth)
            {
                return null;
            }

            var first = SkipSpace();
            var operand = first switch
            {
                '(' => Group(),
                '"' => Quoted(),
                '-' => Negative(),
                _ when char.IsAsciiDigit(first) => Number(),
                _ when char.IsAsciiLetter(first) || first == '_' => Name(),
                _ => null,
            };
            _depth--;
            return operand;
        }

        private TemplateExpression? Group()
        {
            _at++;
            return Expression() is { } inner && Take(')') ? inner : null;
        }

        private TemplateExpression.Quoted? Quoted()
        {
            _at++;
            return Text(end: '"') is { } quoted ? new TemplateExpression.Quoted(quoted) : null;
        }

        private TemplateExpression.Arithmetic? Negative()
        {
            _at++;
            return Operand() is { } operand ? new TemplateExpression.Arithmetic('-', new TemplateExpression.Literal(0L), operand) : null;
        }

        private TemplateExpression.Literal? Number()
        {
            var start = _at;
            while (char.IsAsciiDigit(Current))
            {
                _at++;
            }

            return GoInteger.Read(text[start.._at], out _) is { } number ? new TemplateExpression.Literal(number) : null;
        }

        private TemplateExpression? Name()
        {
            var start = _at;
            while (char.IsAsciiLetterOrDigit(Current) || Current is '_' or '.' or '-')
            {
                _at++;
            }

            var name = text[start.._at];
            var position = Position(start);
            if (SkipSpace() != '(')
            {
                return new TemplateExpression.Variable(name, position);
            }

            _at++;
            var arguments = new List<TemplateExpression>();
            while (SkipSpace() != ')')
            {
                if ((arguments.Count > 0 && !Take(',')) || Expression() is not { } argument)
                {
                    return null;
                }

                arguments.Add(argument);
            }

            _at++;
            return new TemplateExpression.Call(name, arguments, position);
        }

        private bool Take(char expected)
        {
            if (SkipSpace() != expected)
            {
                return false;
            }

            _at++;
            return true;
        }

        private char SkipSpace()
        {
            while (Current is ' ' or '\t' or '\r' or '\n')
            {
                _at++;
            }

            return Current;
        }

        private string Position(int at)
        {
            var before = text.AsSpan(0, at);
            return string.Create(CultureInfo.InvariantCulture, $"{before.Count('\n') + 1}:{at - before.LastIndexOf('\n')}");
        }
    }
}
