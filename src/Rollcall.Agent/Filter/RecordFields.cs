using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Filter;

/// <summary>What filters may name in what clients put into the agent besides the catalog.</summary>
internal static class RecordFields
{
    public static readonly FilterFields<Intention> Intention = new FilterFields<Intention>()
        .Text("ID", intention => intention.Id)
        .Text("Description", intention => intention.Description)
        .Text("SourceNS", intention => intention.SourceNamespace)
        .Text("SourceName", intention => intention.SourceName)
        .Text("DestinationNS", intention => intention.DestinationNamespace)
        .Text("DestinationName", intention => intention.DestinationName)
        .Text("SourceType", intention => intention.SourceType)
        .Text("Action", intention => intention.Action)
        .Text("DefaultAddr", intention => intention.DefaultAddress)
        .Number("DefaultPort", intention => intention.DefaultPort)
        .Map("Meta", intention => intention.Meta)
        .Number("Precedence", intention => intention.Precedence);
}
