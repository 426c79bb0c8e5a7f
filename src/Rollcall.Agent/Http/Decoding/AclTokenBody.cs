using System.Globalization;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>The body of <c>acl/token</c>.</summary>
internal sealed class AclTokenBody : AclGrantsBody
{
    private static readonly GoStruct<AclLinkBody> s_roleLink = AclLinkBody.Type("structs.ACLTokenRoleLink");

    public static readonly GoStruct<AclTokenBody> Type = Add(
            new GoStruct<AclTokenBody>("", "struct { ExpirationTTL interface {}; Hash string; *structs.Alias }") { End = static (d, t) => t.ExpirationTtl = d.Nanoseconds(t._ttl) },
            "ACLTokenPolicyLink")
        .WithoutNamespaces()
        .Add((d, v, t) => t.AccessorId = d.Text(v).ToLowerInvariant(), "AccessorID")
        .Add((d, v, t) => t.SecretId = d.Text(v), "SecretID")
        .Add((d, v, t) => t.Roles = d.List(v, "[]structs.ACLTokenRoleLink", item => Read(d, item, s_roleLink, new AclLinkBody())) ?? [], "Roles")
        .Add((d, v, t) => t.Local = d.Bool(v), "Local")
        .Add((d, v, t) => t.AuthMethod = d.Text(v), "AuthMethod")
        .Add((d, v, t) => t.Rules = d.Text(v), "Rules")
        .Add((d, v, t) => t.ExpirationTime = Time(d, v), "ExpirationTime")
        .Add((d, v, t) => t._ttl = d.Any(v), "ExpirationTTL")
        .Add((d, v, _) => Time(d, v), "CreateTime")
        .Add((d, v, _) => d.Bool(v), "Legacy");

    // Read after everything else, so that a fault of type comes before one of content, as in Go.
    private GoValue? _ttl;

    public string AccessorId { get; set; } = "";

    public string SecretId { get; private set; } = "";

    public IReadOnlyList<AclLinkBody> Roles { get; private set; } = [];

    public bool Local { get; private set; }

    public string AuthMethod { get; private set; } = "";

    public string Rules { get; private set; } = "";

    public DateTimeOffset? ExpirationTime { get; private set; }

    /// <summary>Nanoseconds; 0: none.</summary>
    public long ExpirationTtl { get; private set; }

    private static DateTimeOffset? Time(GoDecoder decoder, GoValue value)
    {
        if (value.Kind == GoKind.Null)
        {
            return null;
        }

        var text = value.Text;
        if (value.Kind == GoKind.String && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && text.Contains('T', StringComparison.Ordinal))
        {
            return time;
        }

        decoder.Refuse($"parsing time \"\"{text}\"\" as \"\"2006-01-02T15:04:05Z07:00\"\": cannot parse \"{text}\"\" as \"2006\"");
        return null;
    }
}
