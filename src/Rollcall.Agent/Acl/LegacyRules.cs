using Rollcall.Agent.Hcl;

namespace Rollcall.Agent.Acl;

/// <summary>Rules of before Consul 1.4 in the form of today: what was about all names that begin so, says so.</summary>
internal static class LegacyRules
{
    /// <summary>The rules, laid out anew; null with what is wrong, in Consul's words.</summary>
    public static string? Translate(string text, out string fault)
    {
        var formatted = HclFormatter.Format(text, Rename, out var error);
        fault = formatted is null ? $"Failed to parse rules: {error}" : "";
        return formatted;
    }

    // Of other keys the quotes stay, as in Consul.
    private static string Rename(string key) => key.Trim('"') switch
    {
        "policy" => "policy",
        var name when AclRulesReader.Names.Contains(name) => $"{name}_prefix",
        _ => key,
    };
}
