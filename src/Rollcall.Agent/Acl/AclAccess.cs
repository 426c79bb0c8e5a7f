namespace Rollcall.Agent.Acl;

/// <summary>What a rule grants, or a request needs. Of two rules about the same thing the greater one counts.</summary>
internal enum AclAccess
{
    Read = 1,

    /// <summary>Keys only: also all that begin with a prefix.</summary>
    List = 2,

    Write = 3,

    /// <summary>Nothing.</summary>
    Deny = 4,
}
