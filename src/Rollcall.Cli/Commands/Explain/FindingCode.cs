namespace Rollcall.Cli.Commands.Explain;

/// <summary>The words by which programs tell findings apart.</summary>
internal static class FindingCode
{
    public const string AgentUnreachable = "agent_unreachable";
    public const string LookupFailed = "lookup_failed";
    public const string NoLeader = "no_leader";
    public const string OldAnswer = "old_answer";
    public const string AccessRules = "access_rules";
    public const string NotRegistered = "not_registered";

    public const string Check = "check";
    public const string Maintenance = "maintenance";
    public const string NodeLost = "node_lost";
    public const string Tag = "tag";
    public const string NoMatch = "no_match";
    public const string NoAddress = "no_address";
    public const string WildcardAddress = "wildcard_address";
    public const string LoopbackAddress = "loopback_address";
    public const string Unreachable = "unreachable";
    public const string SameAddress = "same_address";
}
