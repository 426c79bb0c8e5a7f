namespace Rollcall.Agent.Store.Acl;

/// <summary>That the first management token was made.</summary>
/// <param name="Index">The commit that did it: who wants to do it again has to name it.</param>
public sealed record AclBootstrap(ulong Index);
