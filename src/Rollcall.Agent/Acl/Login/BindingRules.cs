using Rollcall.Agent.Filter;
using Rollcall.Agent.Queries;
using Rollcall.Agent.Store.Acl;

namespace Rollcall.Agent.Acl.Login;

/// <summary>What binding rules may say, and what they give to whom, in Consul's words.</summary>
internal static class BindingRules
{
    public const string Role = "role";
    public const string Service = "service";
    public const string Node = "node";

    /// <summary>What is wrong with a rule; null: nothing.</summary>
    public static string? Fault(AclBindingRule rule, ILoginMethod method)
    {
        if (FilterCompiler.TryCompileSelector(rule.Selector, method.Fields, out var selector) is null)
        {
            return $"invalid Binding Rule: Selector is invalid: {selector}";
        }

        var fault = rule.BindType.Length == 0 ? "no BindType is set"
            : rule.BindName.Length == 0 ? "no BindName is set"
            : rule.BindType is not (Role or Service or Node) ? $"unknown BindType \"{rule.BindType}\""
            : NameFault(rule, method);
        return fault is null ? null : $"Invalid Binding Rule: {fault}";
    }

    /// <summary>Whether a rule is about somebody.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="method">How he logged in.</param>
    /// <param name="identity">Who he is.</param>
    /// <param name="fault">Why the selector can't be read, and so is about nobody; empty: it can.</param>
    public static bool Selects(AclBindingRule rule, ILoginMethod method, LoginIdentity identity, out string fault) =>
        FilterCompiler.TryCompileSelector(rule.Selector, method.Fields, out fault) is { } matches && matches(identity);

    /// <summary>The name that a rule gives to somebody.</summary>
    /// <exception cref="LoginException">It is none.</exception>
    public static string NameFor(AclBindingRule rule, ILoginMethod method, LoginIdentity identity)
    {
        var fault = "";
        if (TemplateText.Parse(rule.BindName)?.Evaluate(new BindNameScope(method, identity.ValueOf), ref fault) is not { } name)
        {
            throw new LoginException($"cannot compute \"{rule.BindType}\" bind name for bind target: {fault}");
        }

        return IsName(rule.BindType, name) ? name : throw new LoginException($"computed \"{rule.BindType}\" bind name for bind target is invalid: \"{name}\"");
    }

    private static string? NameFault(AclBindingRule rule, ILoginMethod method)
    {
        if (TemplateText.Parse(rule.BindName) is not { } text)
        {
            return "invalid BindName: parse error: syntax error";
        }

        // Any value will do that could be part of a name.
        var fault = "";
        var name = text.Evaluate(new BindNameScope(method, static _ => "a"), ref fault);
        return name is null ? $"invalid BindName: {fault}" : IsName(rule.BindType, name) ? null : "invalid BindName";
    }

    private static bool IsName(string bindType, string name) => bindType == Role ? AclNames.Fault(name, AclNames.MaxRoleLength) is null : AclNames.IsIdentity(name);
}
