using Rollcall.Agent.Store.Local;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Checks;

/// <summary>Turns a stored check into what a runner needs.</summary>
internal static class CheckSpecs
{
    // Consul gives programs more time than it gives others.
    private static readonly TimeSpan s_scriptTimeout = TimeSpan.FromSeconds(30);

    /// <param name="check">The check.</param>
    /// <param name="definition">What it is to do.</param>
    /// <param name="outputMaxSize">The agent's limit, which a check can only lower.</param>
    public static CheckSpec From(LocalCheck check, CheckDefinition definition, int outputMaxSize) => new()
    {
        CheckId = check.Check.CheckId,
        ServiceId = check.Check.ServiceId.Length == 0 ? null : check.Check.ServiceId,
        Kind = definition.Http is not null ? CheckKind.Http
            : definition.Tcp is not null ? CheckKind.Tcp
            : definition.Grpc is not null ? CheckKind.Grpc
            : definition.ScriptArgs is not null ? CheckKind.Script
            : definition.AliasNode is not null || definition.AliasService is not null ? CheckKind.Alias
            : definition.Udp is not null ? CheckKind.Udp
            : definition.H2Ping is not null ? CheckKind.H2Ping
            : definition.OsService is not null ? CheckKind.OsService
            : CheckKind.Ttl,
        Target = definition.Http ?? definition.Tcp ?? definition.Grpc ?? definition.Udp ?? definition.H2Ping ?? definition.OsService ?? "",
        AliasNode = definition.AliasNode ?? "",
        AliasService = definition.AliasService ?? "",
        AliasedName = check.AliasedName,
        H2PingUseTls = definition.H2PingUseTls ?? true,
        Interval = Read(definition.Interval),
        Timeout = definition is { ScriptArgs: not null, Timeout: null } ? s_scriptTimeout : Read(definition.Timeout),
        Ttl = Read(definition.Ttl),
        Method = definition.Method ?? "",
        Header = definition.Header ?? new Dictionary<string, IReadOnlyList<string>>(),
        Body = definition.Body,
        Arguments = definition.ScriptArgs ?? [],
        GrpcUseTls = definition.GrpcUseTls ?? false,
        TlsSkipVerify = definition.TlsSkipVerify ?? false,
        SuccessBeforePassing = definition.SuccessBeforePassing ?? 0,
        FailuresBeforeCritical = definition.FailuresBeforeCritical ?? 0,
        OutputMaxSize = definition.OutputMaxSize is > 0 and var own ? Math.Min(own, outputMaxSize) : outputMaxSize,
        DeregisterCriticalServiceAfter =
            definition.DeregisterCriticalServiceAfter is null ? null : Read(definition.DeregisterCriticalServiceAfter),
    };

    private static TimeSpan Read(string? duration) => GoDuration.TryParse(duration, out var value) ? value : TimeSpan.Zero;
}
