using System.Text.Json.Serialization;

namespace Rollcall.Consul.Wire;

/// <summary>A session: what locks are held by, for as long as its node, its checks and its TTL allow.</summary>
public sealed record Session
{
    [JsonPropertyName("ID")]
    public string Id { get; init; } = "";

    public string Name { get; init; } = "";

    /// <summary>The node it belongs to, and dies with.</summary>
    public string Node { get; init; } = "";

    /// <summary>Nanoseconds for which nobody can take a lock that this session lost by dying.</summary>
    public long LockDelay { get; init; }

    /// <summary>What becomes of the keys it holds when it dies: one of <see cref="SessionBehavior"/>.</summary>
    public string Behavior { get; init; } = "";

    /// <summary>A duration in Go's form, or empty: the session lives until it is renewed no more. Consul waits up to twice as long.</summary>
    [JsonPropertyName("TTL")]
    public string Ttl { get; init; } = "";

    /// <summary>Checks of the node; the session dies with the first that becomes critical or goes.</summary>
    public IReadOnlyList<string>? NodeChecks { get; init; }

    /// <summary>Checks of services on the node, likewise.</summary>
    public IReadOnlyList<SessionServiceCheck>? ServiceChecks { get; init; }

    /// <summary>The older form of <see cref="NodeChecks"/>; counts together with it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Checks { get; init; }

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }
}
