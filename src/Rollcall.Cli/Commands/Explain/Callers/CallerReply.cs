namespace Rollcall.Cli.Commands.Explain.Callers;

/// <summary>What a process tells of the services that it calls (<c>MapRollcallDiagnostics</c>), as far as it matters here. Immutable.</summary>
internal sealed record CallerReply
{
    public DateTimeOffset Time { get; init; }

    public string? Application { get; init; }

    public int ProcessId { get; init; }

    public string? Machine { get; init; }

    public required IReadOnlyList<ServicePart> Services { get; init; }

    /// <summary>One query that the process follows.</summary>
    internal sealed record ServicePart
    {
        public required string Service { get; init; }

        public required string Query { get; init; }

        public string Source { get; init; } = "";

        /// <summary>Null: there is no list yet.</summary>
        public ListPart? List { get; init; }

        public WatchPart? Watch { get; init; }

        public IReadOnlyList<CallerPart> Callers { get; init; } = [];
    }

    internal sealed record ListPart
    {
        public string Freshness { get; init; } = "";

        public double AgeSeconds { get; init; }

        public string? Reason { get; init; }

        public string? Note { get; init; }
    }

    internal sealed record WatchPart
    {
        public long Restarts { get; init; }

        public FailurePart? Failure { get; init; }

        public FailurePart? LastFailure { get; init; }
    }

    internal sealed record FailurePart
    {
        public string Reason { get; init; } = "";

        public DateTimeOffset Since { get; init; }
    }

    /// <summary>One channel or client of the process.</summary>
    internal sealed record CallerPart
    {
        public string Policy { get; init; } = "";

        public string? PolicyOrigin { get; init; }

        public ConfigPart? ServiceConfig { get; init; }

        public RetryPart? Retries { get; init; }

        public IReadOnlyList<InstancePart> Instances { get; init; } = [];
    }

    internal sealed record ConfigPart
    {
        public string? Origin { get; init; }

        public IReadOnlyList<string> WithoutEffect { get; init; } = [];

        public RefusalPart? Refused { get; init; }

        public FailurePart? Failure { get; init; }
    }

    internal sealed record RefusalPart
    {
        public string Origin { get; init; } = "";

        public string Fault { get; init; } = "";
    }

    internal sealed record RetryPart
    {
        public long Moved { get; init; }

        public long Retried { get; init; }

        public long Hedged { get; init; }
    }

    internal sealed record InstancePart
    {
        public string Id { get; init; } = "";

        public string Address { get; init; } = "";

        public int Weight { get; init; } = 1;

        public string Standing { get; init; } = "";

        public bool IsPicked { get; init; }

        public string? Reason { get; init; }

        public DateTimeOffset? Until { get; init; }

        public double WarmUpFactor { get; init; } = 1;

        public long Picks { get; init; }

        public int InFlight { get; init; }

        public int? InFlightLimit { get; init; }

        public double? LatencyMs { get; init; }
    }
}
