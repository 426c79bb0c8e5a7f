using Rollcall.Agent.Go;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>The body of <c>acl/auth-method</c>.</summary>
internal sealed class AclAuthMethodBody
{
    public static readonly GoStruct<AclAuthMethodBody> Type = new GoStruct<AclAuthMethodBody>("", "struct { MaxTokenTTL interface {}; *structs.Alias }")
    {
        End = static (d, t) => t.MaxTokenTtl = d.Nanoseconds(t._ttl),
    }
        .WithoutNamespaces()
        .Add((d, v, t) => t.Name = d.Text(v), "Name")
        .Add((d, v, t) => t.MethodType = d.Text(v), "Type")
        .Add((d, v, t) => t.DisplayName = d.Text(v), "DisplayName")
        .Add((d, v, t) => t.Description = d.Text(v), "Description")
        .Add((d, v, t) => t._ttl = d.Any(v), "MaxTokenTTL")
        .Add((d, v, t) => t.TokenLocality = d.Text(v), "TokenLocality")
        .Add((d, v, t) => t.Config = d.Map(v, "map[string]interface {}", static _ => 0) is null ? GoValue.Null : v, "Config")
        .Add((d, v, _) => d.Unsigned(v), "CreateIndex")
        .Add((d, v, _) => d.Unsigned(v), "ModifyIndex");

    // Read after everything else, so that a fault of type comes before one of content, as in Go.
    private GoValue _ttl = GoValue.Null;

    public string Name { get; set; } = "";

    public string MethodType { get; private set; } = "";

    public string DisplayName { get; private set; } = "";

    public string Description { get; private set; } = "";

    /// <summary>Nanoseconds.</summary>
    public long MaxTokenTtl { get; private set; }

    public string TokenLocality { get; private set; } = "";

    public GoValue Config { get; private set; } = GoValue.Null;
}
