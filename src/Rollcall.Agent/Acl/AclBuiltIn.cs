using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Commands;

namespace Rollcall.Agent.Acl;

/// <summary>What is always there.</summary>
internal static class AclBuiltIn
{
    public static readonly AclPolicy Management = new()
    {
        Id = AclPolicy.ManagementId,
        Name = "global-management",
        Description = "Builtin Policy that grants unlimited access",
        Rules = "\nacl = \"write\"\nagent_prefix \"\" {\n\tpolicy = \"write\"\n}\nevent_prefix \"\" {\n\tpolicy = \"write\"\n}\nkey_prefix \"\" {\n\tpolicy = \"write\"\n}\n"
            + "keyring = \"write\"\nnode_prefix \"\" {\n\tpolicy = \"write\"\n}\noperator = \"write\"\nquery_prefix \"\" {\n\tpolicy = \"write\"\n}\n"
            + "service_prefix \"\" {\n\tpolicy = \"write\"\n\tintentions = \"write\"\n}\nsession_prefix \"\" {\n\tpolicy = \"write\"\n}",
    };

    public static InitializeAcl Command(AclOptions options, DateTimeOffset now) => new(
        Management,
        new AclToken { AccessorId = AclToken.AnonymousAccessor, SecretId = AclToken.AnonymousSecret, Description = "Anonymous Token", CreateTime = now },
        options.MasterToken is { Length: > 0 } master ? ManagementToken(master, "Master Token", now) : null);

    public static AclToken ManagementToken(string secret, string description, DateTimeOffset now) => new()
    {
        AccessorId = Guid.NewGuid().ToString("D"),
        SecretId = secret,
        Description = description,
        PolicyIds = [AclPolicy.ManagementId],
        LegacyType = AclToken.LegacyManagement,
        CreateTime = now,
    };
}
