using System.Text.Json.Serialization;
using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Durability;
using Rollcall.Agent.Store.Local;
using Rollcall.Agent.Store.Records;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Durability;

/// <summary>Source-generated readers and writers of rows. Names and forms are on disk: what is added to a record must have a default.</summary>
/// <remarks>What was written must be read again, so rows may nest deeper than anything that is taken.</remarks>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 256)]
[JsonSerializable(typeof(CatalogNode))]
[JsonSerializable(typeof(NodeService))]
[JsonSerializable(typeof(HealthCheck))]
[JsonSerializable(typeof(Session))]
[JsonSerializable(typeof(LocalCheck))]
[JsonSerializable(typeof(NodeCoordinate))]
[JsonSerializable(typeof(AutopilotSettings))]
[JsonSerializable(typeof(PreparedQuery))]
[JsonSerializable(typeof(ConfigEntry))]
[JsonSerializable(typeof(Intention))]
[JsonSerializable(typeof(AclToken))]
[JsonSerializable(typeof(AclPolicy))]
[JsonSerializable(typeof(AclRole))]
[JsonSerializable(typeof(AclAuthMethod))]
[JsonSerializable(typeof(AclBindingRule))]
[JsonSerializable(typeof(AclBootstrap))]
[JsonSerializable(typeof(KeptIndex))]
internal sealed partial class RowJsonContext : JsonSerializerContext;
