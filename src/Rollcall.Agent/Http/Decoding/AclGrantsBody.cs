using Rollcall.Agent.Go;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>What bodies of tokens and roles have in common.</summary>
internal abstract class AclGrantsBody
{
    private static readonly GoStruct<AclLinkBody> s_policyLink = AclLinkBody.Type("structs.ACLTokenPolicyLink");
    private static readonly GoStruct<AclIdentityBody> s_service = AclIdentityBody.Service;
    private static readonly GoStruct<AclIdentityBody> s_node = AclIdentityBody.Node;

    public string Description { get; private set; } = "";

    public IReadOnlyList<AclLinkBody> Policies { get; private set; } = [];

    public IReadOnlyList<AclIdentityBody> ServiceIdentities { get; private set; } = [];

    public IReadOnlyList<AclIdentityBody> NodeIdentities { get; private set; } = [];

    protected static GoStruct<T> Add<T>(GoStruct<T> type, string policyLink)
        where T : AclGrantsBody => type
        .Add((d, v, t) => t.Description = d.Text(v), "Description")
        .Add((d, v, t) => t.Policies = d.List(v, $"[]structs.{policyLink}", item => Read(d, item, s_policyLink, new AclLinkBody())) ?? [], "Policies")
        .Add((d, v, t) => t.ServiceIdentities = d.List(v, "[]*structs.ACLServiceIdentity", item => Read(d, item, s_service, new AclIdentityBody())) ?? [], "ServiceIdentities")
        .Add((d, v, t) => t.NodeIdentities = d.List(v, "[]*structs.ACLNodeIdentity", item => Read(d, item, s_node, new AclIdentityBody())) ?? [], "NodeIdentities")
        .Add((d, v, _) => d.Text(v), "Hash")
        .Add((d, v, _) => d.Unsigned(v), "CreateIndex")
        .Add((d, v, _) => d.Unsigned(v), "ModifyIndex");

    protected static TItem Read<TItem>(GoDecoder decoder, GoValue value, GoStruct<TItem> type, TItem item)
    {
        decoder.Struct(value, type, item);
        return item;
    }
}
