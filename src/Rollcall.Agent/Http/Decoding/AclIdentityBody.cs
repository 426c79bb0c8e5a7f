using Rollcall.Agent.Go;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>A service or node that a token stands for.</summary>
internal sealed class AclIdentityBody
{
    public static readonly GoStruct<AclIdentityBody> Service = new GoStruct<AclIdentityBody>("ACLServiceIdentity", "structs.ACLServiceIdentity")
        .Add((d, v, t) => t.Name = d.Text(v), "ServiceName")
        .Add((d, v, t) => t.Datacenters = d.Texts(v), "Datacenters");

    public static readonly GoStruct<AclIdentityBody> Node = new GoStruct<AclIdentityBody>("ACLNodeIdentity", "structs.ACLNodeIdentity")
        .Add((d, v, t) => t.Name = d.Text(v), "NodeName")
        .Add((d, v, t) => t.Datacenter = d.Text(v), "Datacenter");

    public string Name { get; private set; } = "";

    public IReadOnlyList<string>? Datacenters { get; private set; }

    public string Datacenter { get; private set; } = "";
}
