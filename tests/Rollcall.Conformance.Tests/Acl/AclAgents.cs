using Rollcall.Agent;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Acl;

/// <summary>One agent of each kind with access rules.</summary>
public abstract class AclAgents(bool allowByDefault) : IAsyncLifetime
{
    /// <summary>The secret of the token that may do everything.</summary>
    public const string Master = "aaaaaaaa-0000-0000-0000-000000000001";

    /// <summary>The secret that administers the agent alone.</summary>
    public const string AgentMaster = "aaaaaaaa-0000-0000-0000-000000000002";

    public TestedAgent Embedded { get; private set; } = null!;

    /// <summary>Null where there is no Consul.</summary>
    public TestedAgent? Consul { get; private set; }

    public async Task InitializeAsync()
    {
        Embedded = await TestedAgent.StartEmbeddedAsync(new ConsulAgentOptions
        {
            Acl = new AclOptions { Enabled = true, AllowByDefault = allowByDefault, MasterToken = Master, AgentMasterToken = AgentMaster },
        });
        if (RealConsul.MissingReason is not null)
        {
            return;
        }

        var policy = allowByDefault ? "allow" : "deny";
        var hcl = $$"""acl { enabled = true default_policy = "{{policy}}" tokens { master = "{{Master}}" agent_master = "{{AgentMaster}}" } }""";
        Consul = await TestedAgent.StartConsulAsync(new RealConsulOptions { Token = Master, ExtraArguments = { "-hcl", hcl } });
    }

    /// <summary>Other agents, which know nothing.</summary>
    public async Task BeginAnewAsync()
    {
        await DisposeAsync();
        await InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await Embedded.DisposeAsync();
        if (Consul is not null)
        {
            await Consul.DisposeAsync();
        }
    }
}
