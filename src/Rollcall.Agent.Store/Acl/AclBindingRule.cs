namespace Rollcall.Agent.Store.Acl;

/// <summary>What those may do who log in by an auth method. Immutable.</summary>
public sealed record AclBindingRule : AclRecord
{
    public required string Id { get; init; }

    public string Description { get; init; } = "";

    /// <summary>The name of the auth method, as somebody wrote it.</summary>
    public required string AuthMethod { get; init; }

    /// <summary>A filter over what the auth method says of somebody; empty: all of them.</summary>
    public string Selector { get; init; } = "";

    /// <summary><c>service</c>, <c>node</c> or <c>role</c>.</summary>
    public required string BindType { get; init; }

    /// <summary>The name of what the token stands for, with <c>${…}</c> for what the auth method says.</summary>
    public required string BindName { get; init; }

    internal override string Key => Id;

    /// <summary>Whether it is about those who log in by an auth method.</summary>
    public bool IsOf(string authMethod) => string.Equals(AuthMethod, authMethod, StringComparison.OrdinalIgnoreCase);
}
