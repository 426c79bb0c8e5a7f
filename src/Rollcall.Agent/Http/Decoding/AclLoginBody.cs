using Rollcall.Agent.Go;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>The body of <c>acl/login</c>. Never to be logged: it holds a secret.</summary>
internal sealed class AclLoginBody
{
    public static readonly GoStruct<AclLoginBody> Type = new GoStruct<AclLoginBody>("ACLLoginParams", "structs.ACLLoginParams")
        .WithoutNamespaces()
        .Add((d, v, t) => t.AuthMethod = d.Text(v), "AuthMethod")
        .Add((d, v, t) => t.BearerToken = d.Text(v), "BearerToken")
        .Add((d, v, t) => t.Meta = d.TextMap(v), "Meta");

    public string AuthMethod { get; private set; } = "";

    public string BearerToken { get; private set; } = "";

    public IReadOnlyDictionary<string, string>? Meta { get; private set; }
}
