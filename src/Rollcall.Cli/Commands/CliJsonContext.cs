using System.Text.Json.Serialization;

namespace Rollcall.Cli.Commands;

/// <summary>Source-generated writers of the command's own JSON.</summary>
[JsonSerializable(typeof(InstanceChange))]
internal sealed partial class CliJsonContext : JsonSerializerContext;
