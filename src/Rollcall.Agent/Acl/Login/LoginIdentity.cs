namespace Rollcall.Agent.Acl.Login;

/// <summary>What an auth method says of somebody who logs in.</summary>
/// <param name="Values">Single values, by name.</param>
/// <param name="Lists">Lists of values, by name.</param>
internal sealed record LoginIdentity(IReadOnlyDictionary<string, string> Values, IReadOnlyDictionary<string, IReadOnlyList<string>> Lists)
{
    public string ValueOf(string name) => Values.GetValueOrDefault(name, "");
}
