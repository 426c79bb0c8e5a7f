using Rollcall.Agent.Go;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>The body of <c>acl/binding-rule</c>.</summary>
internal sealed class AclBindingRuleBody
{
    public static readonly GoStruct<AclBindingRuleBody> Type = new GoStruct<AclBindingRuleBody>("ACLBindingRule", "structs.ACLBindingRule")
        .WithoutNamespaces()
        .Add((d, v, t) => t.Id = d.Text(v).ToLowerInvariant(), "ID")
        .Add((d, v, t) => t.Description = d.Text(v), "Description")
        .Add((d, v, t) => t.AuthMethod = d.Text(v), "AuthMethod")
        .Add((d, v, t) => t.Selector = d.Text(v), "Selector")
        .Add((d, v, t) => t.BindType = d.Text(v), "BindType")
        .Add((d, v, t) => t.BindName = d.Text(v), "BindName")
        .Add((d, v, _) => d.Unsigned(v), "CreateIndex")
        .Add((d, v, _) => d.Unsigned(v), "ModifyIndex");

    public string Id { get; private set; } = "";

    public string Description { get; private set; } = "";

    public string AuthMethod { get; private set; } = "";

    public string Selector { get; private set; } = "";

    public string BindType { get; private set; } = "";

    public string BindName { get; private set; } = "";
}
