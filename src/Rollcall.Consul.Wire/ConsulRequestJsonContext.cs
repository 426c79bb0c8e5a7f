using System.Text.Json.Serialization;

namespace Rollcall.Consul.Wire;

/// <summary>Source-generated writers of request bodies: what is null is left out, because Consul tells "absent" from "empty".</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(ServiceRegistration))]
[JsonSerializable(typeof(CheckDefinition))]
[JsonSerializable(typeof(CheckUpdate))]
[JsonSerializable(typeof(CatalogRegistration))]
[JsonSerializable(typeof(CatalogDeregistration))]
public sealed partial class ConsulRequestJsonContext : JsonSerializerContext;
