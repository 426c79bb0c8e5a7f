using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rollcall.Cli.Commands.Agent;

/// <summary>The <c>ports</c> of a configuration file.</summary>
internal sealed class PortsConfig : IConfigPart
{
    public int? Http { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    [JsonIgnore]
    public IEnumerable<(string Path, IConfigPart? Part)> Parts => [];
}
