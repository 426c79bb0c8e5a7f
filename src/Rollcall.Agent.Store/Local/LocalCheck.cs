using System.Text.Json.Serialization;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Local;

/// <summary>A check that was registered on this agent. Immutable.</summary>
/// <param name="Check">Its state.</param>
/// <param name="Definition">What has to be run for it; null for a check that is only a mark (maintenance).</param>
/// <param name="FromFile">It stands in a configuration file, which is read again at each start: the journal does not keep it.</param>
public sealed record LocalCheck(HealthCheck Check, CheckDefinition? Definition, [property: JsonIgnore] bool FromFile = false)
{
    /// <summary>Aliases only: the name that the service they stand for has to have, if whoever registered them may not read all services; null: any.</summary>
    public string? AliasedName { get; init; }
}
