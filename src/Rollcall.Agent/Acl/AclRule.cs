namespace Rollcall.Agent.Acl;

/// <summary>One rule of a policy.</summary>
/// <param name="Resource">What it is about.</param>
/// <param name="Name">Of which one; empty for what there is only one of.</param>
/// <param name="IsPrefix">Whether it is about all whose names begin so.</param>
/// <param name="Access">What it grants.</param>
internal readonly record struct AclRule(AclResource Resource, string Name, bool IsPrefix, AclAccess Access);
