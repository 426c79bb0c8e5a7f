namespace Rollcall.Agent.Acl;

/// <summary>What a request of one route needs.</summary>
/// <param name="Resource">What it is about; null: its endpoint looks itself, because body or state say what it is about, or leaves out what may not be read.</param>
/// <param name="Access">What it does there.</param>
/// <param name="Name">Of which one.</param>
internal sealed record AclDemand(AclResource? Resource, AclAccess Access, AclName Name);
