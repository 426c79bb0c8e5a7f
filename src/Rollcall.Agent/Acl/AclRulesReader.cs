using System.Text;
using Rollcall.Agent.Go;
using Rollcall.Agent.Hcl;

namespace Rollcall.Agent.Acl;

/// <summary>Reads the rules of a policy, in HCL or JSON. Names and words are known in any case, and what it does not know is passed over, as in Consul.</summary>
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
        var singles = new GoValue?[s_single.Length];
        foreach (var (spelled, member) in value.Members)
        {
            var name = Fold(spelled);
            if (legacy && (name == "acl" || name.EndsWith(PrefixSuffix, StringComparison.Ordinal)))
            {
                continue;
            }

            if (Array.FindIndex(s_single, single => single.Name == name) is >= 0 and var single)
            {
                // Of several the last counts.
                singles[single] = member;
            }

            if (ReadNamed(name, member, legacy, rules) is { } fault)
            {
                error = fault;
                return null;
            }
        }

        for (var i = 0; i < singles.Length; i++)
        {
            if (singles[i] is { } single && ReadSingle(s_single[i].Name, s_single[i].Resource, single, rules) is { } fault)
            {
                error = fault;
                return null;
            }
        }

        return rules;
    }

    private static string? ReadSingle(string name, AclResource resource, GoValue value, List<AclRule> rules)
    {
        if (!IsText(value))
        {
            return $"Failed to parse ACL rules: root.{name}: the policy of \"{name}\" is text, such as {name} = \"read\"";
        }

        if (value.Text.Length > 0)
        {
            if (Access(value.Text, isKey: false) is not { } access)
            {
                return $"Invalid {name} policy: \"{value.Text}\"";
            }

            // Here Consul takes the words in any case, and goes by those in lower case alone. What grants nothing there does not here; what denies does.
            if (access == AclAccess.Deny || value.Text.All(char.IsAsciiLetterLower))
            {
                rules.Add(new AclRule(resource, "", true, access));
            }
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

        var blocks = Several(value);
        if (!blocks.All(static block => block.Kind == GoKind.Object))
        {
            return $"Failed to parse ACL rules: a rule is a block, such as {name} \"name\" {{ policy = \"read\" }}";
        }

        foreach (var (of, rule) in blocks.SelectMany(static block => block.Members))
        {
            foreach (var body in Several(rule))
            {
                var (written, ofIntention) = (Field(body, "policy"), Field(body, "intentions"));
                if (!IsText(written) || (kind.Resource == AclResource.Service && !IsText(ofIntention)))
                {
                    return $"Failed to parse ACL rules: root.{name}: policies of rules are text, such as {name} \"name\" {{ policy = \"read\" }}";
                }

                var (policy, intentions) = (written.Text, ofIntention.Text);
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

    private static IReadOnlyList<GoValue> Several(GoValue value) => value.Kind == GoKind.Array ? value.Items : [value];

    private static GoValue Field(GoValue body, string name) => body.Members.LastOrDefault(member => Fold(member.Key) == name).Value ?? GoValue.Null;

    private static bool IsText(GoValue value) => value.Kind is GoKind.String or GoKind.Number or GoKind.Null;

    // What Go takes for the same letter: .NET leaves the long s out, as its upper case would be ASCII.
    private static string Fold(string name) => name.ToLowerInvariant().Replace('\u017F', 's');

    private static AclAccess? Access(string text, bool isKey) => text.ToLowerInvariant() switch
    {
        "read" => AclAccess.Read,
        "write" => AclAccess.Write,
        "deny" => AclAccess.Deny,
        "list" when isKey => AclAccess.List,
        _ => null,
    };
}
