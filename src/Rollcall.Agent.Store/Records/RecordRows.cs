using Rollcall.Agent.Store.Durability;

namespace Rollcall.Agent.Store.Records;

/// <summary>The rows of all records that are kept on disk.</summary>
internal static class RecordRows
{
    public static IEnumerable<RowKey> KeysOf(RecordState records) =>
        records.Coordinates.Rows.Keys.Select(static key => new RowKey(StoreTable.Coordinate, key))
            .Concat(records.Autopilot.Rows.Keys.Select(static key => new RowKey(StoreTable.Autopilot, key)))
            .Concat(records.ConfigEntries.Rows.Keys.Select(static key => new RowKey(StoreTable.ConfigEntry, key)))
            .Concat(records.Intentions.Rows.Keys.Select(static key => new RowKey(StoreTable.Intention, key)))
            .Concat(records.Queries.Rows.Keys.Select(static key => new RowKey(StoreTable.Query, key)));
}
