using System.Text.Json.Serialization;
using Rollcall.Cli.Commands.Configs;
using Rollcall.Cli.Commands.Demo;
using Rollcall.Cli.Commands.Explain;

namespace Rollcall.Cli.Commands;

/// <summary>Source-generated writers of the command's own JSON.</summary>
[JsonSerializable(typeof(InstanceChange))]
[JsonSerializable(typeof(DemoSummary))]
[JsonSerializable(typeof(Explanation))]
[JsonSerializable(typeof(ConfigReview))]
[JsonSerializable(typeof(StoredConfig))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
internal sealed partial class CliJsonContext : JsonSerializerContext;
