namespace Rollcall.Agent.Filter;

/// <summary>A filter cannot be used; the message is for the client. Never leaves <see cref="Filter"/>.</summary>
internal sealed class FilterSyntaxException(string message) : Exception(message)
{
    /// <summary>Where something else was expected, so that the text may still be read in another way; null: it can't be.</summary>
    public int? At { get; init; }
}
