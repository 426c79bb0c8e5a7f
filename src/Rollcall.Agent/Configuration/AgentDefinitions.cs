using System.Collections.Immutable;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Local;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Configuration;

/// <summary>What configuration files define besides the agent itself.</summary>
/// <param name="Services">The services.</param>
/// <param name="Checks">The checks.</param>
/// <param name="ConfigEntries">The config entries that are to be there from the start on.</param>
internal sealed record AgentDefinitions(ImmutableArray<RegisterService> Services, ImmutableArray<LocalCheck> Checks, ImmutableArray<ConfigEntry> ConfigEntries)
{
    public static readonly AgentDefinitions None = new([], [], []);
}
