using System.Globalization;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.Queries;

/// <summary>What stands between <c>${</c> and <c>}</c>. A value is a text or a whole number.</summary>
internal abstract record TemplateExpression
{
    /// <summary>Null, with a fault in Consul's words: it has no value.</summary>
    public abstract object? Evaluate(ITemplateScope scope, ref string fault);

    /// <summary>A text or number that is written out.</summary>
    public sealed record Literal(object Value) : TemplateExpression
    {
        public override object Evaluate(ITemplateScope scope, ref string fault) => Value;
    }

    /// <summary>A text that may itself have expressions in it.</summary>
    public sealed record Quoted(TemplateText Text) : TemplateExpression
    {
        public override object? Evaluate(ITemplateScope scope, ref string fault) => Text.Evaluate(scope, ref fault);
    }

    public sealed record Variable(string Name, string Position) : TemplateExpression
    {
        public override object? Evaluate(ITemplateScope scope, ref string fault)
        {
            var value = scope.Find(Name);
            if (value is null)
            {
                fault = $"{Position}: unknown variable accessed: {Name}";
            }

            return value;
        }
    }

    public sealed record Call(string Name, IReadOnlyList<TemplateExpression> Arguments, string Position) : TemplateExpression
    {
        public override object? Evaluate(ITemplateScope scope, ref string fault)
        {
            if (Name != "match" || !scope.CanMatch)
            {
                fault = $"{Position}: unknown function called: {Name}";
                return null;
            }

            if (Arguments.Count != 1)
            {
                fault = string.Create(CultureInfo.InvariantCulture, $"{Position}: match: expected 1 arguments, got {Arguments.Count}");
                return null;
            }

            return Number(Arguments[0].Evaluate(scope, ref fault), ref fault) is { } group ? scope.Match(group) : null;
        }
    }

    public sealed record Arithmetic(char Operator, TemplateExpression Left, TemplateExpression Right) : TemplateExpression
    {
        public override object? Evaluate(ITemplateScope scope, ref string fault)
        {
            if (Number(Left.Evaluate(scope, ref fault), ref fault) is not { } left || Number(Right.Evaluate(scope, ref fault), ref fault) is not { } right)
            {
                return null;
            }

            if (Operator is '/' or '%' && right == 0)
            {
                // Here Consul 1.8.7 ends.
                fault = "division by zero";
                return null;
            }

            return Operator switch
            {
                '+' => unchecked(left + right),
                '-' => unchecked(left - right),
                '*' => unchecked(left * right),

                // The smallest number has no counterpart, which .NET takes for a fault.
                '/' => right == -1 ? unchecked(-left) : left / right,
                _ => right == -1 ? 0L : left % right,
            };
        }
    }

    private static long? Number(object? value, ref string fault)
    {
        switch (value)
        {
            case long number:
                return number;
            case string text:
                var parsed = GoInteger.Read(text, out var error);
                fault = parsed is null ? $"__builtin_StringToInt: strconv.ParseInt: parsing \"{text}\": {error}" : fault;
                return parsed;
            default:
                return null;
        }
    }
}
