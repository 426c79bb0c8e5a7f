using System.Text;
using Rollcall.Agent.Go;
using Rollcall.Agent.Hcl;

namespace Rollcall.Agent.Acl;

/// <summary>Reads the rules of a policy, in HCL or JSON. What it does not know is passed over, as in Consul.</summary>
internal static class AclRulesReader
{
    private const string NoEnterprise = ", EnterpriseRule:acl.EnterpriseRule{}";

    private const string PrefixSuffix = "_prefix";

    // How Go prints a faulty rule.
    private static readonly (string Name, AclResource Resource, string GoType, string GoName, string GoRest)[] s_named =
    [
        ("agent", AclResource.Agent, "AgentRule", "Node", ""),
        ("key", AclResource.Key, "KeyRule", "Prefix", NoEnterprise),
        ("node", AclResource.Node, "NodeRule", "Name", NoEnterprise),
        ("service", AclResource.Service, "ServiceRule", "Name", NoEnterprise),
        ("session", AclResource.Session, "SessionRule", "Node", ""),
        ("event", AclResource.Event, "EventRule", "Event", ""),
        ("query", AclResource.Query, "PreparedQueryRule", "Prefix", ""),
    ];

    private static readonly (string Name, AclResource Resource)[] s_single =
        [("acl", AclResource.Acl), ("keyring", AclResource.Keyring), ("operator", AclResource.Operator)];

    /// <summary>The names of rules that are about things with names.</summary>
    public static IEnumerable<string> Names => s_named.Select(static named => named.Name);

    /// <summary>The rules; null with what is wrong, in Consul's words.</summary>
    /// <param name="text">The rules as somebody wrote them.</param>
    /// <param name="error">What is wrong.</param>
    /// <param name="legacy">Whether they are those of a token of before Consul 1.4: all names are beginnings of names, and nobody may be allowed to change tokens.</param>
    public static IReadOnlyList<AclRule>? Read(string text, out string error, bool legacy = false)
    {
        var value = text.TrimStart().StartsWith('{') ? GoJsonParser.Parse(Encoding.UTF8.GetBytes(text), out error) : HclReader.Read(text, out error);
        if (value is not { Kind: GoKind.Object })
        {
            error = $"Failed to parse ACL rules: {(value is null ? error : "rules are one object")}";
            return null;
        }

        var rules = new List<AclRule>();
        foreach (var (name, member) in value.Members)
        {
            if (legacy && (name == "acl" || name.EndsWith(PrefixSuffix, StringComparison.Ordinal)))
            {
                continue;
            }

            if (ReadSingle(name, member, rules) is { } single)
            {
                error = single;
                return null;
            }

            if (ReadNamed(name, member, legacy, rules) is { } named)
            {
                error = named;
                return null;
            }
        }

        return rules;
    }

    private static string? ReadSingle(string name, GoValue value, List<AclRule> rules)
    {
        var index = Array.FindIndex(s_single, single => single.Name == name);
        if (index < 0)
        {
            return null;
        }

        if (value.Kind is not (GoKind.String or GoKind.Number or GoKind.Bool))
        {
            return $"Failed to parse ACL rules: root.{name}: the policy of \"{name}\" is text, such as {name} = \"read\"";
        }

        if (value.Text.Length > 0)
        {
            if (Access(value.Text, isKey: false) is not { } access)
            {
                return $"Invalid {name} policy: \"{value.Text}\"";
            }

            rules.Add(new AclRule(s_single[index].Resource, "", true, access));
        }

        return null;
    }

    private static string? ReadNamed(string name, GoValue value, bool legacy, List<AclRule> rules)
    {
        var isPrefix = name.EndsWith(PrefixSuffix, StringComparison.Ordinal);
        var kind = Array.Find(s_named, named => named.Name == (isPrefix ? name[..^PrefixSuffix.Length] : name));
        if (kind.Name is null)
        {
            return null;
        }

        if (value.Kind is not (GoKind.Object or GoKind.Array))
        {
            return $"Failed to parse ACL rules: a rule is a block, such as {name} \"name\" {{ policy = \"read\" }}";
        }

        foreach (var (of, rule) in HclReader.Objects(value).SelectMany(static block => block.Members))
        {
            foreach (var body in HclReader.Objects(rule))
            {
                var policy = body["policy"].Text;
                var intentions = body["intentions"].Text;
                var goIntentions = kind.Resource == AclResource.Service ? $", Intentions:\"{intentions}\"" : "";
                var go = $"&acl.{kind.GoType}{{{kind.GoName}:\"{of}\", Policy:\"{policy}\"{goIntentions}{kind.GoRest}}}";
                if (Access(policy, kind.Resource == AclResource.Key) is not { } access)
                {
                    return $"Invalid {name} policy: {go}";
                }

                if (kind.Resource == AclResource.Service && intentions.Length > 0 && Access(intentions, isKey: false) is null)
                {
                    return $"Invalid {name} intentions policy: {go}";
                }

                rules.Add(new AclRule(kind.Resource, of, isPrefix || legacy, access));
                if (kind.Resource == AclResource.Service && Access(intentions, isKey: false) is { } ofIntentions)
                {
                    rules.Add(new AclRule(AclResource.Intention, of, isPrefix || legacy, ofIntentions));
                }
            }
        }

        return null;
    }

    private static AclAccess? Access(string text, bool isKey) => text switch
    {
        "read" => AclAccess.Read,
        "write" => AclAccess.Write,
        "deny" => AclAccess.Deny,
        "list" when isKey => AclAccess.List,
        _ => null,
    };
}
