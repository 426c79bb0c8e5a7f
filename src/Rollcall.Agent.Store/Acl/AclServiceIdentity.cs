namespace Rollcall.Agent.Store.Acl;

/// <summary>A service that a token stands for: it may register the service and discover all.</summary>
/// <param name="ServiceName">The service's name.</param>
/// <param name="Datacenters">Where; null: everywhere.</param>
public sealed record AclServiceIdentity(string ServiceName, IReadOnlyList<string>? Datacenters);
