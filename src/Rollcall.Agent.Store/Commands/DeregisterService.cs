using System.Collections.Immutable;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Removes a service and its checks from the agent, and the proxy that was registered with it; an unknown id is no error.</summary>
public sealed record DeregisterService(string ServiceId) : Command<ImmutableArray<string>>
{
    /// <returns>The ids of their checks.</returns>
    internal override ImmutableArray<string> Apply(StoreTransaction transaction)
    {
        if (!transaction.Local.Services.TryGetValue(ServiceId, out var service))
        {
            return [];
        }

        transaction.LocalWriter.RemoveService(ServiceId);
        if (!transaction.Local.Services.TryGetValue(RegisterService.SidecarIdOf(ServiceId), out var sidecar) || !sidecar.Service.IsSidecar)
        {
            return [.. service.CheckIds];
        }

        transaction.LocalWriter.RemoveService(sidecar.Service.Id);
        return [.. service.CheckIds, .. sidecar.CheckIds];
    }
}
