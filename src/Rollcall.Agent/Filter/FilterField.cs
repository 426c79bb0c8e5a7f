namespace Rollcall.Agent.Filter;

/// <summary>A field that filters may name.</summary>
/// <param name="Kind">What it holds.</param>
/// <param name="Get">
/// Its values: one, or as many as there are records in the list that it lies in. Texts, numbers and booleans as text, lists and maps as
/// such.
/// </param>
internal sealed record FilterField<T>(FilterKind Kind, Func<T, IEnumerable<object?>> Get);
