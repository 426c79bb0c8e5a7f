namespace Rollcall.Agent;

/// <summary>Access control of an agent. Read once, at start.</summary>
public sealed class AclOptions
{
    /// <summary>Whether there is any.</summary>
    /// <value>Default false: everybody may do everything, and tokens are ignored.</value>
    public bool Enabled { get; set; }

    /// <summary>Whether what no rule is about is allowed.</summary>
    /// <value>Default true, as in Consul. False is what <c>default_policy = "deny"</c> says.</value>
    public bool AllowByDefault { get; set; } = true;

    /// <summary>Whether listing keys needs <c>list</c> or <c>write</c> on their prefix; otherwise lists leave out what may not be read.</summary>
    /// <value>Default false.</value>
    public bool EnableKeyListPolicy { get; set; }

    /// <summary>Whether tokens that clients give the agent (<c>agent/token/…</c>) are kept in the data directory, in <c>acl-tokens.json</c>, and win over the configuration.</summary>
    /// <value>Default false: they are gone at the end. Without a data directory nothing is kept.</value>
    public bool PersistTokens { get; set; }

    /// <summary>The secret of a token that may do everything, made at the first start.</summary>
    /// <value>Default null: the first such token is made by <c>acl/bootstrap</c>. A UUID.</value>
    public string? MasterToken { get; set; }

    /// <summary>The secret of the token that requests count as that bring none.</summary>
    /// <value>Default null: the anonymous token. Can be changed by <c>agent/token/default</c>.</value>
    public string? DefaultToken { get; set; }

    /// <summary>A secret that administers this agent (<c>agent/…</c>), whatever else is known.</summary>
    /// <value>Default null: none. Can be changed by <c>agent/token/agent_master</c>.</value>
    public string? AgentMasterToken { get; set; }
}
