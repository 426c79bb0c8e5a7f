using System.Text.Json.Serialization;

namespace Rollcall.Cli.Commands.Agent;

/// <summary>Source-generated readers of configuration files.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AgentConfigFile))]
internal sealed partial class AgentConfigJsonContext : JsonSerializerContext;
