namespace Rollcall.Agent.Store.Acl;

/// <summary>A token, policy, role, auth method or binding rule. Immutable.</summary>
public abstract record AclRecord
{
    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }

    /// <summary>What it is found by, and the order in which its kind is listed.</summary>
    internal abstract string Key { get; }

    /// <summary>What else it is found by, that no other of its kind has; null: nothing.</summary>
    internal virtual string? Alias => null;
}
