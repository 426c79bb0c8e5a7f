using Rollcall.Agent.Store.Local;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Registers a check on the agent. False if it names a service that is not registered here.</summary>
public sealed record RegisterCheck(LocalCheck Check) : Command<bool>
{
    internal override bool Apply(StoreTransaction transaction)
    {
        var service = Check.Check.ServiceId;
        if (service.Length > 0 && !transaction.Local.Services.ContainsKey(service))
        {
            return false;
        }

        transaction.LocalWriter.PutCheck(Check);
        return true;
    }
}
