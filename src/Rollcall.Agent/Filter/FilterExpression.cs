namespace Rollcall.Agent.Filter;

/// <summary>A parsed filter.</summary>
internal abstract record FilterExpression
{
    internal sealed record And(IReadOnlyList<FilterExpression> Terms) : FilterExpression;

    internal sealed record Or(IReadOnlyList<FilterExpression> Terms) : FilterExpression;

    internal sealed record Not(FilterExpression Inner) : FilterExpression;

    /// <param name="Selector">The field, part by part.</param>
    /// <param name="Operator">What is asked of it.</param>
    /// <param name="Negated">Whether the answer is turned around.</param>
    /// <param name="Value">What it is compared with; empty if with nothing.</param>
    internal sealed record Match(IReadOnlyList<string> Selector, FilterOperator Operator, bool Negated, string Value) : FilterExpression;
}
