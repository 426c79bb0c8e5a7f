using Rollcall.Agent.Checks;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>A check as a client describes it, not yet judged.</summary>
internal sealed class CheckType
{
    private const string GoTypeWithinService =
        "struct { Interval interface {}; Timeout interface {}; TTL interface {}; DeregisterCriticalServiceAfter interface {}; "
        + "Args []string \"json:\\\"args\\\"\"; ScriptArgsSnake []string \"json:\\\"script_args\\\"\"; "
        + "DeregisterCriticalServiceAfterSnake interface {} \"json:\\\"deregister_critical_service_after\\\"\"; "
        + "DockerContainerIDSnake string \"json:\\\"docker_container_id\\\"\"; TLSSkipVerifySnake bool \"json:\\\"tls_skip_verify\\\"\"; "
        + "ServiceID string \"json:\\\"ServiceID\\\"\"; ServiceIDSnake string \"json:\\\"service_id\\\"\"; *structs.Alias }";

    private const string GoTypeAlone =
        "struct { Interval interface {}; Timeout interface {}; TTL interface {}; DeregisterCriticalServiceAfter interface {}; "
        + "Args []string \"json:\\\"args\\\"\"; ScriptArgsSnake []string \"json:\\\"script_args\\\"\"; "
        + "DeregisterCriticalServiceAfterSnake interface {} \"json:\\\"deregister_critical_service_after\\\"\"; "
        + "DockerContainerIDSnake string \"json:\\\"docker_container_id\\\"\"; TLSSkipVerifySnake bool \"json:\\\"tls_skip_verify\\\"\"; "
        + "ServiceIDSnake string \"json:\\\"service_id\\\"\"; *structs.Alias }";

    /// <summary>The check of <c>agent/service/register</c>.</summary>
    public static readonly GoStruct<CheckType> WithinService = Fields(GoTypeWithinService)
        .Add((d, v, t) => t.CheckId = d.Text(v), "CheckID");

    /// <summary>The body of <c>agent/check/register</c>.</summary>
    public static readonly GoStruct<CheckType> Alone = Fields(GoTypeAlone)
        .Add((d, v, t) => t.Id = d.Text(v), "ID")
        .Add((d, v, _) => d.Text(v), "Token");

    // Durations are read after everything else, so that a fault of type comes before one of content, as in Go.
    private GoValue? _interval;
    private GoValue? _timeout;
    private GoValue? _ttl;
    private GoValue? _deregisterAfter;

    // By names with underscores, and what stands for arguments. Which spelling counts does not hang on which comes first.
    private GoValue? _underscoredDeregisterAfter;
    private string _underscoredServiceId = "";
    private string _underscoredDockerContainerId = "";
    private bool _underscoredTlsSkipVerify;
    private IReadOnlyList<string>? _args;
    private IReadOnlyList<string>? _underscoredArgs;

    public string Id { get; private set; } = "";

    public string CheckId { get; private set; } = "";

    public string Name { get; private set; } = "";

    public string Status { get; private set; } = "";

    public string Notes { get; private set; } = "";

    public string ServiceId { get; private set; } = "";

    public IReadOnlyList<string>? ScriptArgs { get; private set; }

    public string DockerContainerId { get; private set; } = "";

    public string AliasNode { get; private set; } = "";

    public string AliasService { get; private set; } = "";

    public string Http { get; private set; } = "";

    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Header { get; private set; }

    public string Method { get; private set; } = "";

    public string Body { get; private set; } = "";

    public string Tcp { get; private set; } = "";

    public string Grpc { get; private set; } = "";

    // The next four are of later Consuls than the one whose answers this agent gives: that one refuses them.
    public string Udp { get; private set; } = "";

    public string H2Ping { get; private set; } = "";

    public bool H2PingUseTls { get; private set; } = true;

    public string OsService { get; private set; } = "";

    public bool GrpcUseTls { get; private set; }

    public bool TlsSkipVerify { get; private set; }

    public int SuccessBeforePassing { get; private set; }

    public int FailuresBeforeCritical { get; private set; }

    public int OutputMaxSize { get; private set; }

    public TimeSpan Interval { get; private set; }

    public TimeSpan Timeout { get; private set; }

    public TimeSpan Ttl { get; private set; }

    public TimeSpan DeregisterAfter { get; private set; }

    public bool IsScript => ScriptArgs is { Count: > 0 } || DockerContainerId.Length > 0;

    /// <summary>It has something that is asked in intervals.</summary>
    public bool IsProbe => IsScript || (Http + Tcp + Grpc + Udp + H2Ping + OsService).Length > 0;

    public bool IsAlias => AliasNode.Length > 0 || AliasService.Length > 0;

    /// <summary>Nothing in it was set: Consul drops such a check without a word.</summary>
    public bool IsEmpty =>
        (CheckId + Name + Status + Notes + Http + Method + Body + Tcp + Grpc + Udp + H2Ping + OsService).Length == 0
        && !IsScript && !IsAlias && Header is null && !GrpcUseTls && !TlsSkipVerify
        && SuccessBeforePassing == 0 && FailuresBeforeCritical == 0 && OutputMaxSize == 0
        && Interval == default && Timeout == default && Ttl == default && DeregisterAfter == default;

    /// <summary>The kind to run; only for a check that was found valid.</summary>
    public CheckKind Kind =>
        Http.Length > 0 ? CheckKind.Http : Tcp.Length > 0 ? CheckKind.Tcp : Grpc.Length > 0 ? CheckKind.Grpc
        : ScriptArgs is { Count: > 0 } ? CheckKind.Script
        : IsAlias ? CheckKind.Alias
        : Udp.Length > 0 ? CheckKind.Udp : H2Ping.Length > 0 ? CheckKind.H2Ping : OsService.Length > 0 ? CheckKind.OsService
        : CheckKind.Ttl;

    // As in Consul: a name without underscores counts, unless it holds nothing; of durations, unless it is null. One yes is enough.
    private void Merge()
    {
        ServiceId = ServiceId.Length > 0 ? ServiceId : _underscoredServiceId;
        ScriptArgs = ScriptArgs is { Count: > 0 } ? ScriptArgs : _args is { Count: > 0 } ? _args : _underscoredArgs;
        DockerContainerId = DockerContainerId.Length > 0 ? DockerContainerId : _underscoredDockerContainerId;
        TlsSkipVerify |= _underscoredTlsSkipVerify;
        _deregisterAfter = _deregisterAfter is { Kind: not GoKind.Null } ? _deregisterAfter : _underscoredDeregisterAfter;
    }

    private void ReadDurations(GoDecoder decoder)
    {
        Interval = decoder.Duration(_interval);
        Timeout = decoder.Duration(_timeout);
        Ttl = decoder.Duration(_ttl);
        DeregisterAfter = decoder.Duration(_deregisterAfter);
    }

    private static GoStruct<CheckType> Fields(string goType) => new GoStruct<CheckType>("", goType)
        {
            End = static (d, t) =>
            {
                t.Merge();
                t.ReadDurations(d);
            },
        }
        .Add((d, v, t) => t.Name = d.Text(v), "Name")
        .Add((d, v, t) => t.Status = d.Text(v), "Status")
        .Add((d, v, t) => t.Notes = d.Text(v), "Notes")
        .Add((d, v, t) => t.ServiceId = d.Text(v), "ServiceID")
        .Add((d, v, t) => t._underscoredServiceId = d.Text(v), "service_id")
        .Add((d, v, t) => t.ScriptArgs = d.Texts(v), "ScriptArgs")
        .Add((d, v, t) => t._args = d.Texts(v), "Args")
        .Add((d, v, t) => t._underscoredArgs = d.Texts(v), "script_args")
        .Add((d, v, t) => t.DockerContainerId = d.Text(v), "DockerContainerID")
        .Add((d, v, t) => t._underscoredDockerContainerId = d.Text(v), "docker_container_id")
        .Add((d, v, _) => d.Text(v), "Shell")
        .Add((d, v, t) => t.AliasNode = d.Text(v), "AliasNode")
        .Add((d, v, t) => t.AliasService = d.Text(v), "AliasService")
        .Add((d, v, t) => t.Http = d.Text(v), "HTTP")
        .Add((d, v, t) => t.Header = ReadHeader(d, v), "Header")
        .Add((d, v, t) => t.Method = d.Text(v), "Method")
        .Add((d, v, t) => t.Body = d.Text(v), "Body")
        .Add((d, v, t) => t.Tcp = d.Text(v), "TCP")
        .Add((d, v, t) => t.Grpc = d.Text(v), "GRPC")
        .Add((d, v, t) => t.Udp = d.Text(v), "UDP")
        .Add((d, v, t) => t.H2Ping = d.Text(v), "H2PING")
        .Add((d, v, t) => t.H2PingUseTls = d.Bool(v), "H2PingUseTLS")
        .Add((d, v, t) => t.OsService = d.Text(v), "OSService")
        .Add((d, v, t) => t.GrpcUseTls = d.Bool(v), "GRPCUseTLS")
        .Add((d, v, t) => t.TlsSkipVerify = d.Bool(v), "TLSSkipVerify")
        .Add((d, v, t) => t._underscoredTlsSkipVerify = d.Bool(v), "tls_skip_verify")
        .Add((d, v, t) => t.SuccessBeforePassing = d.Int(v), "SuccessBeforePassing")
        .Add((d, v, t) => t.FailuresBeforeCritical = d.Int(v), "FailuresBeforeCritical")
        .Add((d, v, t) => t.OutputMaxSize = d.Int(v), "OutputMaxSize")
        .Add((d, v, _) => d.Text(v), "ProxyHTTP")
        .Add((d, v, _) => d.Text(v), "ProxyGRPC")
        .Add((d, v, t) => t._interval = d.Any(v), "Interval")
        .Add((d, v, t) => t._timeout = d.Any(v), "Timeout")
        .Add((d, v, t) => t._ttl = d.Any(v), "TTL")
        .Add((d, v, t) => t._deregisterAfter = d.Any(v), "DeregisterCriticalServiceAfter")
        .Add((d, v, t) => t._underscoredDeregisterAfter = d.Any(v), "deregister_critical_service_after");

    private static Dictionary<string, IReadOnlyList<string>>? ReadHeader(GoDecoder decoder, GoValue value) =>
        decoder.Map<IReadOnlyList<string>>(value, "map[string][]string", item => decoder.Texts(item) ?? []);
}
