using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rollcall.Cli.Commands.Agent;

/// <summary>An agent's configuration file, in Consul's spelling. Null is what the file does not say.</summary>
internal sealed class AgentConfigFile : IConfigPart
{
    public string? NodeName { get; set; }

    public string? Datacenter { get; set; }

    public string? BindAddr { get; set; }

    public string? ClientAddr { get; set; }

    public string? DataDir { get; set; }

    public PortsConfig? Ports { get; set; }

    public string? LogLevel { get; set; }

    public ServiceConfig? Service { get; set; }

    public List<ServiceConfig>? Services { get; set; }

    public CheckConfig? Check { get; set; }

    public List<CheckConfig>? Checks { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    [JsonIgnore]
    public IEnumerable<(string Path, IConfigPart? Part)> Parts =>
    [
        ("ports", Ports),
        ("service", Service),
        .. (Services ?? []).Select(static (part, i) => ($"services[{i}]", (IConfigPart?)part)),
        ("check", Check),
        .. (Checks ?? []).Select(static (part, i) => ($"checks[{i}]", (IConfigPart?)part)),
    ];

    [JsonIgnore]
    public IReadOnlyList<ServiceConfig> AllServices => Service is null ? Services ?? [] : [Service, .. Services ?? []];

    [JsonIgnore]
    public IReadOnlyList<CheckConfig> AllChecks => Check is null ? Checks ?? [] : [Check, .. Checks ?? []];
}
