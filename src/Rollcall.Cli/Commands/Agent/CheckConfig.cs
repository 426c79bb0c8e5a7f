using System.Text.Json;
using System.Text.Json.Serialization;
using Rollcall.Consul.Wire;

namespace Rollcall.Cli.Commands.Agent;

/// <summary>A check of a configuration file: of a service, or with <c>service_id</c> or none by itself.</summary>
internal sealed class CheckConfig : IConfigPart
{
    public string? Id { get; set; }

    public string? CheckId { get; set; }

    public string? Name { get; set; }

    public string? ServiceId { get; set; }

    public string? Notes { get; set; }

    public string? Status { get; set; }

    public string? Ttl { get; set; }

    public string? Http { get; set; }

    public Dictionary<string, IReadOnlyList<string>>? Header { get; set; }

    public string? Method { get; set; }

    public string? Body { get; set; }

    public string? Tcp { get; set; }

    public string? Grpc { get; set; }

    public bool? GrpcUseTls { get; set; }

    public string? Interval { get; set; }

    public string? Timeout { get; set; }

    public bool? TlsSkipVerify { get; set; }

    public string? DeregisterCriticalServiceAfter { get; set; }

    public int? SuccessBeforePassing { get; set; }

    public int? FailuresBeforeCritical { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    [JsonIgnore]
    public IEnumerable<(string Path, IConfigPart? Part)> Parts => [];

    public CheckDefinition ToDefinition() => new()
    {
        CheckId = CheckId ?? Id,
        Name = Name,
        ServiceId = ServiceId,
        Notes = Notes,
        Status = Status,
        Ttl = Ttl,
        Http = Http,
        Header = Header,
        Method = Method,
        Body = Body,
        Tcp = Tcp,
        Grpc = Grpc,
        GrpcUseTls = GrpcUseTls,
        Interval = Interval,
        Timeout = Timeout,
        TlsSkipVerify = TlsSkipVerify,
        DeregisterCriticalServiceAfter = DeregisterCriticalServiceAfter,
        SuccessBeforePassing = SuccessBeforePassing,
        FailuresBeforeCritical = FailuresBeforeCritical,
    };
}
