using System.Text.Json;
using System.Text.Json.Serialization;
using Rollcall.Consul.Wire;

namespace Rollcall.Cli.Commands.Agent;

/// <summary>A service of a configuration file.</summary>
internal sealed class ServiceConfig : IConfigPart
{
    public string? Id { get; set; }

    public string? Name { get; set; }

    public List<string>? Tags { get; set; }

    public string? Address { get; set; }

    public int Port { get; set; }

    public Dictionary<string, string>? Meta { get; set; }

    public bool? EnableTagOverride { get; set; }

    public CheckConfig? Check { get; set; }

    public List<CheckConfig>? Checks { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    [JsonIgnore]
    public IEnumerable<(string Path, IConfigPart? Part)> Parts =>
        [("check", Check), .. (Checks ?? []).Select(static (part, i) => ($"checks[{i}]", (IConfigPart?)part))];

    public ServiceRegistration ToRegistration() => new()
    {
        Id = Id,
        Name = Name ?? "",
        Tags = Tags,
        Address = Address,
        Port = Port,
        Meta = Meta,
        EnableTagOverride = EnableTagOverride,
        Check = Check?.ToDefinition(),
        Checks = Checks?.Select(static check => check.ToDefinition()).ToList(),
    };
}
