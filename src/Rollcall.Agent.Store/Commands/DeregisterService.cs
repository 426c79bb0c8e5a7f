using System.Collections.Immutable;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Removes a service and its checks from the agent; an unknown id is no error.</summary>
public sealed record DeregisterService(string ServiceId) : Command<ImmutableArray<string>>
{
    /// <returns>The ids of its checks.</returns>
    internal override ImmutableArray<string> Apply(StoreTransaction transaction)
    {
        if (!transaction.Local.Services.TryGetValue(ServiceId, out var service))
        {
            return [];
        }

        transaction.LocalWriter.RemoveService(ServiceId);
        return [.. service.CheckIds];
    }
}
