using Rollcall.Agent.Store.Durability;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Sessions;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Stores a prepared query under the id it carries.</summary>
/// <param name="Query">The query.</param>
/// <param name="Create">It is new; else it has to be there.</param>
public sealed record SetQuery(PreparedQuery Query, bool Create) : Command<string?>
{
    /// <returns>Null, or the reason why not, in Consul's words.</returns>
    internal override string? Apply(StoreTransaction transaction)
    {
        var queries = transaction.Records.Queries;
        if (Fault(transaction.Records, transaction.Sessions, Query, Create) is { } fault)
        {
            return fault;
        }

        var old = QueryLookup.ById(queries, Query.Id);
        var key = SessionId.KeyOf(Query.Id);
        var query = Query with { CreateIndex = old?.CreateIndex ?? transaction.Index, ModifyIndex = transaction.Index };
        transaction.Records = transaction.Records.PutQuery(key, query, transaction.Index);
        transaction.Touch(Topic.Queries);
        transaction.Touch(new RowKey(StoreTable.Query, key));
        return null;
    }

    /// <summary>What keeps a query from being stored, in Consul's words; null: nothing.</summary>
    /// <param name="records">The queries there are.</param>
    /// <param name="sessions">The sessions there are.</param>
    /// <param name="query">The query.</param>
    /// <param name="create">It is new.</param>
    public static string? Fault(RecordState records, SessionState sessions, PreparedQuery query, bool create)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(sessions);
        ArgumentNullException.ThrowIfNull(query);
        var queries = records.Queries;
        var old = QueryLookup.ById(queries, query.Id);
        if (old is null && !create)
        {
            return DeleteQuery.Missing(query.Id);
        }

        if (QueryLookup.ByName(queries, query.Name) is { } other && other.Id != old?.Id)
        {
            return $"name '{query.Name}' aliases an existing query name";
        }

        // Of templates that answer to everything there can be only one.
        if (query is { Name: "", IsTemplate: true } && queries.Rows.Values.Any(one => one is { Name: "", IsTemplate: true } && one.Id != old?.Id))
        {
            return "a query template with an empty name already exists";
        }

        if (QueryLookup.IsUuid(query.Name) && QueryLookup.ById(queries, query.Name) is not null)
        {
            return $"name '{query.Name}' aliases an existing query ID";
        }

        return query.Session.Length == 0 ? null
            : SessionId.Defect(query.Session) is { } bad ? $"invalid session: index error: {bad}"
            : sessions.Find(query.Session) is null ? $"invalid session \"{query.Session}\""
            : null;
    }
}
