using Rollcall.Agent.Store.Sessions;

namespace Rollcall.Agent.Store.Records;

/// <summary>Finds prepared queries.</summary>
public static class QueryLookup
{
    /// <param name="queries">All of them.</param>
    /// <param name="id">An id in which <see cref="SessionId.Defect"/> finds nothing.</param>
    public static PreparedQuery? ById(Table<PreparedQuery> queries, string id)
    {
        ArgumentNullException.ThrowIfNull(queries);
        return queries.Find(SessionId.KeyOf(id));
    }

    /// <summary>By id, else by name whatever its case, else the template with the longest name that the text begins with.</summary>
    public static PreparedQuery? Resolve(Table<PreparedQuery> queries, string idOrName)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(idOrName);
        if (IsUuid(idOrName) && ById(queries, idOrName) is { } query)
        {
            return query;
        }

        return ByName(queries, idOrName) ?? queries.Rows.Values
            .Where(candidate => candidate.IsTemplate && idOrName.StartsWith(candidate.Name, StringComparison.OrdinalIgnoreCase))
            .MaxBy(static candidate => candidate.Name.Length);
    }

    internal static PreparedQuery? ByName(Table<PreparedQuery> queries, string name) => name.Length == 0
        ? null
        : queries.Rows.Values.FirstOrDefault(query => string.Equals(query.Name, name, StringComparison.OrdinalIgnoreCase));

    internal static bool IsUuid(string text) => text.Length == 36 && Guid.TryParseExact(text, "D", out _);
}
