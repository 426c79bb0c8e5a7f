using Rollcall.Agent.Go;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>The body of <c>acl/policy</c>.</summary>
internal sealed class AclPolicyBody
{
    public static readonly GoStruct<AclPolicyBody> Type = new GoStruct<AclPolicyBody>("", "struct { Hash string; *structs.Alias }")
        .WithoutNamespaces()
        .Add((d, v, t) => t.Id = d.Text(v).ToLowerInvariant(), "ID")
        .Add((d, v, t) => t.Name = d.Text(v), "Name")
        .Add((d, v, t) => t.Description = d.Text(v), "Description")
        .Add((d, v, t) => t.Rules = d.Text(v), "Rules")
        .Add((d, v, t) => t.Datacenters = d.Texts(v), "Datacenters")
        .Add((d, v, _) => d.Text(v), "Hash")
        .Add((d, v, _) => d.Unsigned(v), "CreateIndex")
        .Add((d, v, _) => d.Unsigned(v), "ModifyIndex");

    public string Id { get; private set; } = "";

    public string Name { get; private set; } = "";

    public string Description { get; private set; } = "";

    public string Rules { get; private set; } = "";

    public IReadOnlyList<string>? Datacenters { get; private set; }
}
