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

    /// <summary>A map of lists; one more part of the selector picks a list of it.</summary>
    ListMap,

    /// <summary>A map of records; two more parts of the selector pick a field of one.</summary>
    RecordMap,

    /// <summary>A record inside: only its fields can be compared.</summary>
    Record,

    /// <summary>Records inside: only their fields can be compared.</summary>
    Records,
}
