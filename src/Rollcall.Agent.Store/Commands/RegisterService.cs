using System.Collections.Immutable;
using Rollcall.Agent.Store.Local;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Registers a service with its checks on the agent.</summary>
/// <param name="Service">The service.</param>
/// <param name="Checks">Its checks.</param>
/// <param name="ReplaceChecks">Remove the checks it has that are not among these; otherwise they stay.</param>
public sealed record RegisterService(NodeService Service, ImmutableArray<LocalCheck> Checks, bool ReplaceChecks)
    : Command<ImmutableArray<string>>
{
    /// <returns>The ids of the checks that were put or removed: whoever runs checks has to look at them again.</returns>
    internal override ImmutableArray<string> Apply(StoreTransaction transaction)
    {
        var writer = transaction.LocalWriter;
        writer.PutService(Service);
        var touched = ImmutableArray.CreateBuilder<string>(Checks.Length);
        foreach (var check in Checks)
        {
            writer.PutCheck(check);
            touched.Add(check.Check.CheckId);
        }

        if (ReplaceChecks)
        {
            foreach (var id in transaction.Local.Services[Service.Id].CheckIds.Except(touched))
            {
                writer.RemoveCheck(id);
                touched.Add(id);
            }
        }

        return touched.DrainToImmutable();
    }
}
