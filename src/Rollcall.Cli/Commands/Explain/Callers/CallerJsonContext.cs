using System.Text.Json.Serialization;

namespace Rollcall.Cli.Commands.Explain.Callers;

/// <summary>Reads what callers tell. Fields that are new or missing do no harm: the application may be older or newer than this command.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(CallerReply))]
internal sealed partial class CallerJsonContext : JsonSerializerContext;
