using System.Collections.Immutable;
using Rollcall.Agent.Store.Txn;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Does all of its steps in order, in one commit, or nothing.</summary>
public sealed record RunTransaction(ImmutableArray<TxnOperation> Operations)
    : Command<(ImmutableArray<TxnResult> Results, ImmutableArray<TxnFault> Faults)>
{
    internal override bool OnlyReads => !Operations.Any(static operation => operation.Writes);

    /// <returns>What the steps have to show; or, with no results, why the transaction was not done.</returns>
    internal override (ImmutableArray<TxnResult> Results, ImmutableArray<TxnFault> Faults) Apply(StoreTransaction transaction)
    {
        var faults = ImmutableArray.CreateBuilder<TxnFault>();
        var results = new List<TxnResult>();
        Each(operation => operation.Check(transaction));
        if (faults.Count == 0)
        {
            // Steps after a failed one are tried as well, so that the caller hears of all faults at once.
            Each(operation => operation.Apply(transaction, results));
        }

        if (faults.Count == 0)
        {
            return ([.. results], []);
        }

        transaction.RollBack();
        return ([], faults.ToImmutable());

        void Each(Func<TxnOperation, string?> step)
        {
            for (var i = 0; i < Operations.Length; i++)
            {
                if (step(Operations[i]) is { } fault)
                {
                    faults.Add(new TxnFault(i, fault));
                }
            }
        }
    }
}
