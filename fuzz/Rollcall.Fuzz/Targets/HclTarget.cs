using System.Text;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Go;
using Rollcall.Agent.Hcl;

namespace Rollcall.Fuzz.Targets;

/// <summary>HCL: configuration files, and the access rules that clients send.</summary>
internal sealed class HclTarget : IFuzzTarget
{
    public string Name => "hcl";

    public IReadOnlyList<string> Tokens { get; } =
    [
        "{", "}", "[", "]", "=", ",", "\"", "\\", "#", "//", "/*", "*/", "<<EOF\n", "<<-EOF\n", "\nEOF\n", "${", "true", "false", "0x1f", "-1", "1.5e3", "\\u0041", "\\U0001f600", "a = ", "a {",
        "key \"\" {", "policy = \"read\"", "key_prefix \"a/\" {", "\n", " ",
    ];

    public int Run(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (AclRulesReader.Read(text, out var fault) is { } rules)
        {
            var access = new Authorizer(rules, allowsByDefault: false);
            BrokenInvariantException.Unless(rules.Where(static rule => rule.Access == AclAccess.Deny).All(rule => !access.Allows(rule.Resource, rule.Name, AclAccess.Read)), "what is denied is not allowed");
        }
        else
        {
            BrokenInvariantException.Unless(fault.Length > 0, "a fault is named");
        }

        BrokenInvariantException.Unless(LegacyRules.Translate(text, out var untranslated) is not null || untranslated.Length > 0, "a fault of a translation is named");
        if (HclReader.Read(text, out var error) is not { } value)
        {
            BrokenInvariantException.Unless(error.StartsWith("At ", StringComparison.Ordinal), "a fault has a place");
            return -1 - (error.Length % 64);
        }

        BrokenInvariantException.Unless(value.Kind == GoKind.Object, "a text is one object");
        return Count(value);
    }

    private static int Count(GoValue value) => 1 + (int)value.Kind + value.Items.Sum(Count) + value.Members.Sum(static member => Count(member.Value));
}
