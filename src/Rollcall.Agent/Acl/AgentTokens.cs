namespace Rollcall.Agent.Acl;

/// <summary>The tokens that the agent itself was given. Safe for use by many threads. Secrets: never to be logged.</summary>
internal sealed class AgentTokens
{
    private volatile string _default = "";
    private volatile string _agentMaster = "";

    /// <summary>What requests count as that bring none.</summary>
    public string Default => _default;

    /// <summary>What administers this agent alone, whatever the state holds.</summary>
    public string AgentMaster => _agentMaster;

    /// <summary>False: there is none of this name. The older names are taken, too.</summary>
    public bool Set(string name, string secret)
    {
        switch (name)
        {
            case "default" or "acl_token":
                _default = secret;
                return true;
            case "agent_master" or "acl_agent_master_token":
                _agentMaster = secret;
                return true;
            case "agent" or "acl_agent_token" or "replication" or "acl_replication_token":
                // What the agent does on its own account needs no token here, and there is nothing to replicate.
                return true;
            default:
                return false;
        }
    }
}
