using Rollcall.TestKit;

namespace Rollcall.Discovery.Consul.Tests;

public sealed class RealConsulTests
{
    [RequiresConsulFact]
    public async Task InstancesComeAndGo_TheListFollows()
    {
        await using var consul = await RealConsul.StartAsync();
        await AgentScenarios.InstancesComeAndGoAsync(consul.Address);
    }

    [RequiresConsulFact]
    public async Task AgentAnswersFromItsCache_TheListFollows()
    {
        await using var consul = await RealConsul.StartAsync();
        await AgentScenarios.InstancesComeAndGoAsync(consul.Address, new ConsulEndpointSourceOptions { UseAgentCache = true });
    }

    [RequiresConsulFact]
    public async Task WarningInstances_AreThereForThoseWhoAskForThem()
    {
        await using var consul = await RealConsul.StartAsync();
        await AgentScenarios.WarningInstancesAsync(consul.Address);
    }

    [RequiresConsulFact]
    public async Task RightsOfTheTokenChange_TheListFollows()
    {
        const string Master = "cccccccc-0000-0000-0000-000000000002";
        const string Rules = $$"""acl { enabled = true default_policy = "deny" tokens { master = "{{Master}}" } }""";
        await using var consul = await RealConsul.StartAsync(new() { Token = Master, ExtraArguments = { "-hcl", Rules } });
        await AgentScenarios.RightsChangeAsync(consul.Address, Master);
    }

    [RequiresConsulFact]
    public async Task PreparedQuery_TheListFollows()
    {
        await using var consul = await RealConsul.StartAsync();
        await AgentScenarios.PreparedQueryAsync(consul.Address);
    }

    [RequiresConsulFact]
    public async Task PreparedQuery_OutageKeepsTheLastList()
    {
        await using var consul = await RealConsul.StartAsync();
        await AgentScenarios.PreparedQueryOutageAsync(consul.Address, consul.StopAsync);
    }

    [RequiresConsulFact]
    public async Task MoreServicesThanConnections_EveryListIsKnownAndFollowed()
    {
        // Consul's default, which the kit raises.
        await using var consul = await RealConsul.StartAsync(new() { ExtraArguments = { "-hcl", "limits { http_max_conns_per_client = 200 }" } });
        await AgentScenarios.ManyServicesAsync(consul.Address);
    }

    [RequiresConsulFact]
    public async Task NamedPortsAndZones_AreThoseOfRegistrationAndNode()
    {
        await using var consul = await RealConsul.StartAsync();
        await AgentScenarios.NamedPortsAndZonesAsync(consul.Address);
    }

    [RequiresConsulFact]
    public async Task CheckFails_TheInstanceLeavesAndTheListSaysWhy()
    {
        await using var consul = await RealConsul.StartAsync();
        await AgentScenarios.CheckFailsAsync(consul.Address);
    }

    [RequiresConsulFact]
    public async Task AgentKilledAndRestartedEmpty_NoPickFails()
    {
        await using var consul = await RealConsul.StartAsync();
        await AgentScenarios.KilledAndRestartedEmptyAsync(consul.Address, consul.StopAsync, consul.RestartAsync);
    }

    [RequiresConsulFact]
    public async Task AgentDownForTenMinutes_NoPickFails()
    {
        await using var consul = await RealConsul.StartAsync();
        await AgentScenarios.DownForLongAsync(consul.Address, consul.StopAsync, consul.RestartAsync);
    }

    [RequiresConsulFact]
    public async Task OlderSnapshotIsRestored_TheListFollows()
    {
        await using var consul = await RealConsul.StartAsync();
        await AgentScenarios.SnapshotRestoredAsync(consul.Address);
    }

    [RequiresConsulFact]
    public async Task OneOfTwoAgentsKilled_TheListFollowsTheOther()
    {
        await using var first = await RealConsul.StartAsync();
        await using var second = await RealConsul.StartAsync();
        await AgentScenarios.OneOfTwoKilledAsync(first.Address, second.Address, first.StopAsync);
    }
}
