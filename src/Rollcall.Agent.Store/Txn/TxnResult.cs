using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Txn;

/// <summary>What a step has to show: one of the four.</summary>
public readonly record struct TxnResult(KvPair? Kv = null, CatalogNode? Node = null, NodeService? Service = null, HealthCheck? Check = null);
