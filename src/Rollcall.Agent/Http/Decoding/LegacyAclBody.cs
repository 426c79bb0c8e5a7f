using Rollcall.Agent.Go;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>The body of <c>acl/create</c> and <c>acl/update</c>.</summary>
internal sealed class LegacyAclBody
{
    public static readonly GoStruct<LegacyAclBody> Type = new GoStruct<LegacyAclBody>("ACL", "structs.ACL")
        .Add((d, v, t) => t.Id = d.Text(v), "ID")
        .Add((d, v, t) => t.Name = d.Text(v), "Name")
        .Add((d, v, t) => t.TokenType = d.Text(v), "Type")
        .Add((d, v, t) => t.Rules = d.Text(v), "Rules")
        .Add((d, v, _) => d.Unsigned(v), "CreateIndex")
        .Add((d, v, _) => d.Unsigned(v), "ModifyIndex");

    public string Id { get; private set; } = "";

    public string Name { get; private set; } = "";

    public string TokenType { get; private set; } = "";

    public string Rules { get; private set; } = "";
}
