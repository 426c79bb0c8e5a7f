namespace Rollcall.Agent.Checks;

/// <summary>Everything a runner must know of one check. Immutable; replaced as a whole when the check is registered again.</summary>
internal sealed record CheckSpec
{
    public required string CheckId { get; init; }

    /// <summary>The service that the check belongs to; null for a check of the node.</summary>
    public string? ServiceId { get; init; }

    public required CheckKind Kind { get; init; }

    /// <summary>The URL (HTTP), <c>host:port</c> (TCP), <c>host:port[/service]</c> (gRPC), <c>host:port</c> (UDP, HTTP/2), the unit (os_service); empty for the others.</summary>
    public string Target { get; init; } = "";

    /// <summary>Time between two probes.</summary>
    public TimeSpan Interval { get; init; }

    /// <summary>Longest time one probe may take; zero means the runner's default.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>TTL only: how long a heartbeat is good for.</summary>
    public TimeSpan Ttl { get; init; }

    /// <summary>HTTP only; empty means GET.</summary>
    public string Method { get; init; } = "";

    /// <summary>HTTP only: headers to send, each with one or more values.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Header { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>HTTP only: the body to send; null sends none.</summary>
    public string? Body { get; init; }

    /// <summary>Scripts only: the program and its arguments.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    public bool GrpcUseTls { get; init; }

    /// <summary>HTTP/2 pings only.</summary>
    public bool H2PingUseTls { get; init; }

    /// <summary>Alias only: the node that it stands for; empty: the agent's own.</summary>
    public string AliasNode { get; init; } = "";

    /// <summary>Alias only: the id of the service that it stands for; empty: the node itself.</summary>
    public string AliasService { get; init; } = "";

    /// <summary>Alias only: the name that the service has to have; under another it is none that the check may tell of. Null: any.</summary>
    public string? AliasedName { get; init; }

    public bool TlsSkipVerify { get; init; }

    /// <summary>Consecutive successes before the check passes; 0 counts like 1.</summary>
    public int SuccessBeforePassing { get; init; }

    /// <summary>Consecutive failures before the check is critical; 0 counts like 1.</summary>
    public int FailuresBeforeCritical { get; init; }

    /// <summary>TTL, HTTP and scripts: how many bytes of output are kept. At least 1.</summary>
    public int OutputMaxSize { get; init; } = OutputTail.DefaultMaxBytes;

    /// <summary>How long the check may be critical before its service is removed; null: for ever. At least one minute.</summary>
    public TimeSpan? DeregisterCriticalServiceAfter { get; init; }
}
