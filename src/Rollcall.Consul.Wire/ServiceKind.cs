namespace Rollcall.Consul.Wire;

/// <summary>The words Consul uses for what a service is in a service mesh. A service that is called by others has none: its kind is empty.</summary>
public static class ServiceKind
{
    /// <summary>Stands before the service that its <see cref="ServiceProxy"/> names.</summary>
    public const string ConnectProxy = "connect-proxy";

    public const string MeshGateway = "mesh-gateway";

    public const string TerminatingGateway = "terminating-gateway";

    public const string IngressGateway = "ingress-gateway";
}
