namespace Rollcall.Agent.Filter;

/// <summary>What a filter can ask of a field; each also negated.</summary>
internal enum FilterOperator
{
    Equal,

    /// <summary>A list holds the value, a map the key, a text the part.</summary>
    In,
    Matches,
    Empty,
}
