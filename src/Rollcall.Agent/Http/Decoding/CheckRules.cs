using Rollcall.Agent.Checks;
using Rollcall.Agent.Store.Local;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>What a check must be like, in Consul's order and words.</summary>
internal static class CheckRules
{
    public const string ScriptsDisabled =
        "Scripts are disabled on this agent from remote calls; to enable, configure 'enable_script_checks' to true";

    /// <summary>The same of a check in a configuration file, for which less is needed.</summary>
    public const string ScriptsDisabledInFiles =
        "Scripts are disabled on this agent; to enable, configure 'enable_script_checks' or 'enable_local_script_checks' to true";

    /// <summary>The check that is the node's maintenance.</summary>
    public const string NodeMaintenanceId = "_node_maintenance";

    /// <summary>The check that is a service's maintenance has this before the service's id.</summary>
    public const string ServiceMaintenancePrefix = "_service_maintenance:";

    /// <summary>The type of these checks, which no other has.</summary>
    public const string MaintenanceType = "maintenance";

    /// <summary>Whether a check takes out what it is of, whatever its status.</summary>
    public static bool IsMaintenance(string checkId) =>
        checkId == NodeMaintenanceId || checkId.StartsWith(ServiceMaintenancePrefix, StringComparison.Ordinal);

    /// <summary>What is wrong with the id of a check of a service, or of the node (empty), or null.</summary>
    // Who may write one service must not take what the others, or the node, are put into maintenance by. The catalog does not tell case.
    public static string? IdFault(string checkId, string serviceId)
    {
        var isReserved = checkId.Equals(NodeMaintenanceId, StringComparison.OrdinalIgnoreCase) ? serviceId.Length > 0
            : checkId.StartsWith(ServiceMaintenancePrefix, StringComparison.OrdinalIgnoreCase) && checkId[ServiceMaintenancePrefix.Length..] != serviceId;
        return isReserved ? $"CheckID \"{checkId}\" is reserved for maintenance: give the check another ID" : null;
    }

    /// <summary>The fault, or null.</summary>
    public static string? Judge(CheckType check)
    {
        var probes = check.IsProbe;
        return check switch
        {
            { Interval.Ticks: > 0, Ttl.Ticks: > 0 } => "Interval and TTL cannot both be specified",
            { Interval.Ticks: <= 0 } when probes => "Interval must be > 0 for Script, HTTP, or TCP checks",
            { DockerContainerId.Length: > 0 } => "Docker checks are not supported by this agent; use a script, TTL, HTTP, TCP or GRPC check",
            { IsAlias: true } when probes => "Interval cannot be set for Alias checks",
            { IsAlias: true, Ttl.Ticks: > 0 } => "TTL must be not be set for Alias checks",
            { IsAlias: false, Ttl.Ticks: <= 0 } when !probes => "TTL must be > 0 for TTL checks",
            { OutputMaxSize: < 0 } => "MaxOutputMaxSize must be positive",
            _ => null,
        };
    }

    /// <summary>What is wrong with a check that stands by itself, or null.</summary>
    /// <param name="check">The check.</param>
    /// <param name="scripts">Whether it may run a program.</param>
    /// <param name="isOfFile">Whether it is of a configuration file, where an id does for a name.</param>
    public static string? FaultOf(CheckType check, bool scripts, bool isOfFile = false) =>
        isOfFile && IdOf(check).Length == 0 ? "CheckID missing: give it an id or a name"
        : !isOfFile && check.Name.Length == 0 ? "Missing check name"
        : check.Status.Length > 0 && !IsStatus(check.Status) ? "Bad check status"
        : (Judge(check) ?? IdFault(IdOf(check), check.ServiceId)) is { } invalid ? $"Invalid check: {invalid}"
        : check.IsScript && !scripts ? (isOfFile ? ScriptsDisabledInFiles : ScriptsDisabled)
        : null;

    public static LocalCheck ToLocal(CheckType check) => new(
        new HealthCheck
        {
            CheckId = IdOf(check),
            Name = check.Name,
            Status = check.Status.Length == 0 ? CheckStatus.Critical : check.Status,
            Notes = check.Notes,
            ServiceId = check.ServiceId,
            Type = CheckKindName.Of(check.Kind),
        },
        Definition(check));

    public static bool IsStatus(string status) => status is CheckStatus.Passing or CheckStatus.Warning or CheckStatus.Critical;

    /// <summary>What is kept of it, for running it.</summary>
    public static CheckDefinition Definition(CheckType check) => new()
    {
        Ttl = Text(check.Ttl),
        Http = NullIfEmpty(check.Http),
        Header = check.Header,
        Method = NullIfEmpty(check.Method),
        Body = NullIfEmpty(check.Body),
        Tcp = NullIfEmpty(check.Tcp),
        Grpc = NullIfEmpty(check.Grpc),
        ScriptArgs = check.ScriptArgs is { Count: > 0 } ? check.ScriptArgs : null,
        AliasNode = NullIfEmpty(check.AliasNode),
        AliasService = NullIfEmpty(check.AliasService),
        Udp = NullIfEmpty(check.Udp),
        H2Ping = NullIfEmpty(check.H2Ping),
        H2PingUseTls = check.H2PingUseTls ? null : false,
        OsService = NullIfEmpty(check.OsService),
        GrpcUseTls = check.GrpcUseTls ? true : null,
        Interval = Text(check.Interval),
        Timeout = Text(check.Timeout),
        TlsSkipVerify = check.TlsSkipVerify ? true : null,
        DeregisterCriticalServiceAfter = Text(check.DeregisterAfter),
        OutputMaxSize = check.OutputMaxSize == 0 ? null : check.OutputMaxSize,
        SuccessBeforePassing = check.SuccessBeforePassing == 0 ? null : check.SuccessBeforePassing,
        FailuresBeforeCritical = check.FailuresBeforeCritical == 0 ? null : check.FailuresBeforeCritical,
    };

    private static string IdOf(CheckType check) => check.Id.Length == 0 ? check.Name : check.Id;

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    private static string? Text(TimeSpan duration) => duration <= TimeSpan.Zero ? null : GoDuration.Format(duration);
}
