namespace Rollcall.Agent.Filter;

/// <summary>What a field holds, and so which operators it takes.</summary>
internal enum FilterKind
{
    Text,
    Number,
    Bool,

    /// <summary>A list of texts.</summary>
    List,

    /// <summary>A map of texts; one more part of the selector picks a value of it.</summary>
    Map,

    /// <summary>Records inside: only their fields can be compared.</summary>
    Records,
}
