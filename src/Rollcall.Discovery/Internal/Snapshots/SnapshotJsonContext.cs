using System.Text.Json.Serialization;

namespace Rollcall.Discovery.Internal.Snapshots;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectRequiredConstructorParameters = false,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(StoredList))]
internal sealed partial class SnapshotJsonContext : JsonSerializerContext;
