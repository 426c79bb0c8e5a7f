using System.Text.Json.Serialization;

namespace Rollcall.Consul.Wire;

/// <summary>
/// A check to be registered: with a service, or by itself (<c>agent/check/register</c>).
/// Exactly one of <see cref="Ttl"/>, <see cref="Http"/>, <see cref="Tcp"/>, <see cref="Grpc"/>, <see cref="ScriptArgs"/>, <see cref="Udp"/>,
/// <see cref="H2Ping"/>, <see cref="OsService"/> and the alias (<see cref="AliasService"/>, <see cref="AliasNode"/>) says what kind it is.
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

    /// <summary>Follows the node of this name, or with <see cref="AliasService"/> a service on it. Null: the agent's own node.</summary>
    public string? AliasNode { get; init; }

    /// <summary>Follows the service of this id.</summary>
    public string? AliasService { get; init; }

    /// <summary><c>host:port</c>: a datagram that nobody refuses passes. Consul takes it from 1.13 on.</summary>
    [JsonPropertyName("UDP")]
    public string? Udp { get; init; }

    /// <summary><c>host:port</c>: an acknowledged PING of HTTP/2 passes. Consul takes it from 1.10 on.</summary>
    [JsonPropertyName("H2PING")]
    public string? H2Ping { get; init; }

    /// <summary>Whether the PING goes over TLS. Null: it does.</summary>
    [JsonPropertyName("H2PingUseTLS")]
    public bool? H2PingUseTls { get; init; }

    /// <summary>A unit of systemd that has to be active. Consul takes it from 1.16 on.</summary>
    public string? OsService { get; init; }

    public string? Interval { get; init; }

    public string? Timeout { get; init; }

    [JsonPropertyName("TLSSkipVerify")]
    public bool? TlsSkipVerify { get; init; }

    /// <summary>How many bytes of output are kept, of TTL, HTTP and programs. Null: as many as the agent keeps, which no check can raise.</summary>
    public int? OutputMaxSize { get; init; }

    public string? DeregisterCriticalServiceAfter { get; init; }

    public int? SuccessBeforePassing { get; init; }

    public int? FailuresBeforeCritical { get; init; }
}
