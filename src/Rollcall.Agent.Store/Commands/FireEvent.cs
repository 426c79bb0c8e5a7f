using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Store.Commands;

/// <summary>An event was fired.</summary>
/// <param name="Event">The event.</param>
/// <param name="Received">Whether it is for this agent.</param>
public sealed record FireEvent(UserEvent Event, bool Received) : Command<bool>
{
    internal override bool Apply(StoreTransaction transaction)
    {
        transaction.Records = transaction.Records with { Events = transaction.Records.Events.Add(Event, Received) };
        if (Received)
        {
            transaction.Touch(Topic.Events);
        }

        return Received;
    }
}
