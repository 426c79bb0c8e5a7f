namespace Rollcall.Consul.Wire;

/// <summary>The proxy part of a service; always empty here, because the service mesh is out of scope.</summary>
public sealed record ServiceProxy
{
    public EmptyObject MeshGateway { get; init; } = new();

    public EmptyObject Expose { get; init; } = new();
}
