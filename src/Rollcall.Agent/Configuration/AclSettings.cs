namespace Rollcall.Agent.Configuration;

/// <summary>What several sources of configuration say of access control, together, under its newer and older names.</summary>
internal sealed class AclSettings
{
    private bool? _enabled;
    private string? _datacenter;
    private string? _defaultPolicy;
    private bool? _keyListPolicy;
    private bool? _persist;
    private string? _master;
    private string? _default;
    private string? _agentMaster;

    /// <returns>The source's <c>acl_datacenter</c>.</returns>
    public string? Apply(ConfigObject file)
    {
        var acl = file.Object("acl");
        var tokens = acl.Object("tokens");

        // Naming the datacenter that decides was what enabled it.
        var datacenter = file.Text("acl_datacenter");
        _datacenter = datacenter ?? _datacenter;
        _enabled = acl.Bool("enabled") ?? _enabled;

        // Both of each are read, or the older name would count as a field that nobody knows where the newer one stands, too.
        var (policy, olderPolicy) = (Policy(acl, "default_policy"), Policy(file, "acl_default_policy"));
        _defaultPolicy = policy ?? olderPolicy ?? _defaultPolicy;
        var (list, olderList) = (acl.Bool("enable_key_list_policy"), file.Bool("acl_enable_key_list_policy"));
        _keyListPolicy = list ?? olderList ?? _keyListPolicy;
        _persist = acl.Bool("enable_token_persistence") ?? _persist;
        var (master, olderMaster) = (tokens.Text("master"), file.Text("acl_master_token"));
        _master = master ?? olderMaster ?? _master;
        var (standard, olderStandard) = (tokens.Text("default"), file.Text("acl_token"));
        _default = standard ?? olderStandard ?? _default;
        var (agentMaster, olderAgentMaster) = (tokens.Text("agent_master"), file.Text("acl_agent_master_token"));
        _agentMaster = agentMaster ?? olderAgentMaster ?? _agentMaster;
        ConfigObject.PassOver(tokens.Text, "agent", "replication");
        foreach (var (path, value) in tokens.Objects("managed_service_provider"))
        {
            var provider = new ConfigObject(value, path, file.Faults);
            ConfigObject.PassOver(provider.Text, "accessor_id", "secret_id");
            provider.End();
        }

        // Nothing is cached, fetched from elsewhere or given up, as it is by agents of a cluster.
        ConfigObject.PassOver(acl.Text, "down_policy", "disabled_ttl");
        ConfigObject.PassOver(acl.Duration, "token_ttl", "policy_ttl", "role_ttl");
        ConfigObject.PassOver(acl.Bool, "token_replication", "enable_token_replication", "msp_disable_bootstrap");
        ConfigObject.PassOver(file.Text, "acl_down_policy", "acl_disabled_ttl", "acl_replication_token", "acl_agent_token");
        ConfigObject.PassOver(file.Duration, "acl_ttl");
        ConfigObject.PassOver(file.Bool, "acl_enforce_version_8");
        return datacenter;
    }

    public AclOptions ToOptions() => new()
    {
        Enabled = _enabled ?? !string.IsNullOrEmpty(_datacenter),
        AllowByDefault = _defaultPolicy != "deny",
        EnableKeyListPolicy = _keyListPolicy ?? false,
        PersistTokens = _persist ?? false,
        MasterToken = Secret(_master),
        DefaultToken = Secret(_default),
        AgentMasterToken = Secret(_agentMaster),
    };

    private static string? Secret(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static string? Policy(ConfigObject from, string name)
    {
        var policy = from.Text(name);
        if (policy is not (null or "" or "allow" or "deny"))
        {
            // Consul takes any word for "allow": a spelling mistake would open everything.
            from.Faults.Value(from.PathOf(name), $"\"{policy}\" is unknown: use allow or deny");
        }

        return string.IsNullOrEmpty(policy) ? null : policy;
    }
}
