using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Rollcall.Consul;

/// <summary>JSON as it is.</summary>
[JsonSerializable(typeof(JsonNode))]
internal sealed partial class RawJsonContext : JsonSerializerContext;
