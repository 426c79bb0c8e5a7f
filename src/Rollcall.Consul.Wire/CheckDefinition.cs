using System.Text.Json.Serialization;

namespace Rollcall.Consul.Wire;

/// <summary>
/// A check to be registered: with a service, or by itself (<c>agent/check/register</c>).
/// Exactly one of <see cref="Ttl"/>, <see cref="Http"/>, <see cref="Tcp"/>, <see cref="Grpc"/>, <see cref="ScriptArgs"/> says
/// what kind it is.
/// Durations are in Go's form, written by <see cref="GoDuration"/>. What is null is not sent.
/// </summary>
public sealed record CheckDefinition
{
    /// <summary>Null: Consul makes one from the service's id.</summary>
    [JsonPropertyName("CheckID")]
    public string? CheckId { get; init; }

    /// <summary>The id under the name that agents want for a check registered by itself; the client sends either in the right place.</summary>
    [JsonPropertyName("ID")]
    public string? Id { get; init; }

    public string? Name { get; init; }

    /// <summary>Ties a check that is registered by itself to a service.</summary>
    [JsonPropertyName("ServiceID")]
    public string? ServiceId { get; init; }

    public string? Notes { get; init; }

    /// <summary>State until the first result. Null: critical.</summary>
    public string? Status { get; init; }

    [JsonPropertyName("TTL")]
    public string? Ttl { get; init; }

    [JsonPropertyName("HTTP")]
    public string? Http { get; init; }

    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Header { get; init; }

    public string? Method { get; init; }

    public string? Body { get; init; }

    [JsonPropertyName("TCP")]
    public string? Tcp { get; init; }

    /// <summary><c>host:port</c> or <c>host:port/service</c>; probed by the standard gRPC health protocol.</summary>
    [JsonPropertyName("GRPC")]
    public string? Grpc { get; init; }

    [JsonPropertyName("GRPCUseTLS")]
    public bool? GrpcUseTls { get; init; }

    /// <summary>A program and its arguments: exit code 0 passes, 1 warns. Agents refuse it unless script checks are enabled on them.</summary>
    public IReadOnlyList<string>? ScriptArgs { get; init; }

    public string? Interval { get; init; }

    public string? Timeout { get; init; }

    [JsonPropertyName("TLSSkipVerify")]
    public bool? TlsSkipVerify { get; init; }

    public string? DeregisterCriticalServiceAfter { get; init; }

    public int? SuccessBeforePassing { get; init; }

    public int? FailuresBeforeCritical { get; init; }
}
