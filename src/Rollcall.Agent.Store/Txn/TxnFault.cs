namespace Rollcall.Agent.Store.Txn;

/// <summary>A step that failed.</summary>
/// <param name="Operation">Its position, from 0.</param>
/// <param name="What">Why, in Consul's words.</param>
public readonly record struct TxnFault(int Operation, string What);
