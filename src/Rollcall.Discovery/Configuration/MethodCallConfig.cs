using System.Collections.Immutable;
using Rollcall.Discovery.Resilience;

namespace Rollcall.Discovery.Configuration;

/// <summary>What a service config says of the calls that it names. Immutable; null is "nothing said" everywhere.</summary>
public sealed class MethodCallConfig
{
    internal MethodCallConfig()
    {
    }

    /// <summary>What it is for; at least one.</summary>
    public required ImmutableArray<CallName> Names { get; init; }

    /// <summary>Whether calls wait for an instance that can be reached, up to their deadline, instead of failing at once.</summary>
    public bool? WaitForReady { get; init; }

    /// <summary>Longest time of a call, its attempts and waits included; an earlier deadline of the call holds. More than zero.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Largest message that is sent, in bytes. For gRPC only.</summary>
    public int? MaxRequestMessageBytes { get; init; }

    /// <summary>Largest message that is taken, in bytes. For gRPC only.</summary>
    public int? MaxResponseMessageBytes { get; init; }

    /// <summary>How calls are repeated. Null: only those that no server has seen go to another instance.</summary>
    public RetrySettings? Retry { get; init; }

    /// <summary>How copies of calls are sent at the same time. Never together with <see cref="Retry"/>.</summary>
    public HedgingSettings? Hedging { get; init; }
}
