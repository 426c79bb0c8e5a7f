namespace Rollcall.Agent.Metrics;

/// <summary>What is counted: a name with a label that tells its kinds apart.</summary>
internal readonly record struct CounterName(string Name, string Label, string Value) : IComparable<CounterName>
{
    public int CompareTo(CounterName other) =>
        string.CompareOrdinal(Name, other.Name) is var byName and not 0 ? byName : string.CompareOrdinal(Value, other.Value);
}
