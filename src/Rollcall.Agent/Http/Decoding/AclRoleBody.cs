using Rollcall.Agent.Go;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>The body of <c>acl/role</c>.</summary>
internal sealed class AclRoleBody : AclGrantsBody
{
    public static readonly GoStruct<AclRoleBody> Type = Add(new GoStruct<AclRoleBody>("", "struct { Hash string; *structs.Alias }"), "ACLRolePolicyLink")
        .WithoutNamespaces()
        .Add((d, v, t) => t.Id = d.Text(v).ToLowerInvariant(), "ID")
        .Add((d, v, t) => t.Name = d.Text(v), "Name");

    public string Id { get; private set; } = "";

    public string Name { get; private set; } = "";
}
