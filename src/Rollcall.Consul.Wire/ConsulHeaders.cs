namespace Rollcall.Consul.Wire;

/// <summary>Names of the headers that Consul's API adds to HTTP.</summary>
public static class ConsulHeaders
{
    public const string Index = "X-Consul-Index";

    public const string KnownLeader = "X-Consul-Knownleader";

    /// <summary>Milliseconds since the answering server last heard from the leader.</summary>
    public const string LastContact = "X-Consul-Lastcontact";

    public const string EffectiveConsistency = "X-Consul-Effective-Consistency";

    public const string Reason = "X-Consul-Reason";

    public const string ContentHash = "X-Consul-Contenthash";

    public const string Cache = "X-Cache";

    /// <summary>Newer servers: <c>true</c> when access rules removed something from the answer.</summary>
    public const string ResultsFiltered = "X-Consul-Results-Filtered-By-Acls";

    /// <summary>The namespace that a request is for; only Consul Enterprise knows it.</summary>
    public const string Namespace = "X-Consul-Namespace";

    /// <summary>The only place a token may travel in.</summary>
    public const string Token = "X-Consul-Token";
}
