using System.Collections.Immutable;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Local;

namespace Rollcall.Agent.Configuration;

/// <summary>The services and checks of configuration files.</summary>
internal sealed record AgentDefinitions(ImmutableArray<RegisterService> Services, ImmutableArray<LocalCheck> Checks)
{
    public static readonly AgentDefinitions None = new([], []);
}
