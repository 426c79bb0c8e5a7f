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

    public const string CallerUnavailable = "caller_unavailable";
    public const string CallerDoesNotCall = "caller_does_not_call";
    public const string CallerSource = "caller_source";
    public const string CallerList = "caller_list";
    public const string CallerExtra = "caller_extra";
    public const string CallerMisses = "caller_misses";
    public const string CallerQuery = "caller_query";
    public const string ConfigRefused = "config_refused";
    public const string ConfigWithoutEffect = "config_without_effect";
    public const string ConfigUnread = "config_unread";
    public const string Ejected = "ejected";
    public const string CoolingDown = "cooling_down";
    public const string Full = "full";
    public const string OutsideSubset = "outside_subset";
    public const string StandBy = "stand_by";
    public const string Warming = "warming";
    public const string NoWeight = "no_weight";
}
