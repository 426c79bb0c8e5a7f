namespace Rollcall.Agent.Filter;

/// <summary>A filter cannot be used; the message is for the client. Never leaves <see cref="Filter"/>.</summary>
internal sealed class FilterSyntaxException(string message) : Exception(message);
