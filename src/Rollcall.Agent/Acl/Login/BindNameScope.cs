using Rollcall.Agent.Queries;

namespace Rollcall.Agent.Acl.Login;

/// <summary>What the name in a binding rule may have in it.</summary>
/// <param name="method">Says which values there may be.</param>
/// <param name="valueOf">The value of a name.</param>
internal sealed class BindNameScope(ILoginMethod method, Func<string, string> valueOf) : ITemplateScope
{
    public bool CanMatch => false;

    public string? Find(string variable) =>
        variable.StartsWith(method.Prefix, StringComparison.Ordinal) && method.ValueNames.Contains(variable[method.Prefix.Length..])
            ? valueOf(variable[method.Prefix.Length..]).ToLowerInvariant()
            : null;

    public string Match(long group) => "";
}
