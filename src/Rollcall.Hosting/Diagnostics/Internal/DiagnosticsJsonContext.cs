using System.Text.Json.Serialization;

namespace Rollcall.Hosting.Diagnostics;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(DiagnosticsReport))]
internal sealed partial class DiagnosticsJsonContext : JsonSerializerContext;
