using System.Text.Json.Serialization;

namespace Rollcall.Consul.Wire;

/// <summary>
/// Source-generated readers and writers of every body. Property order is the order Consul writes; names compare without case, as Go reads them.
/// </summary>
[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(AgentSelf))]
[JsonSerializable(typeof(IReadOnlyList<AgentMember>))]
[JsonSerializable(typeof(AgentService))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, AgentService>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, HealthCheck>))]
[JsonSerializable(typeof(IReadOnlyList<AgentServiceHealth>))]
[JsonSerializable(typeof(IReadOnlyList<CatalogNode>))]
[JsonSerializable(typeof(IReadOnlyList<CatalogService>))]
[JsonSerializable(typeof(NodeServices))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, IReadOnlyList<string>>))]
[JsonSerializable(typeof(IReadOnlyList<HealthCheck>))]
[JsonSerializable(typeof(IReadOnlyList<HealthServiceEntry>))]
[JsonSerializable(typeof(IReadOnlyList<KvPair>))]
[JsonSerializable(typeof(PreparedQueryResult))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(string))]
public sealed partial class ConsulJsonContext : JsonSerializerContext;
