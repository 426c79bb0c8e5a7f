using Rollcall.Consul.Wire;

namespace Rollcall.Hosting.Registration;

/// <summary>One check as configured. What is registered and what is reported come from this one object, so that they can't differ in kind.</summary>
internal sealed record ServiceCheck(CheckKind Kind)
{
    /// <summary>HTTP: path or URL. gRPC: service or null.</summary>
    public string? Target { get; init; }

    public TimeSpan Every { get; init; }

    public TimeSpan Timeout { get; init; }

    public TimeSpan Ttl { get; init; }

    /// <summary>TTL only: asked before each heartbeat; null: being alive is being well.</summary>
    public Func<CancellationToken, ValueTask<CheckUpdate>>? Probe { get; init; }
}
