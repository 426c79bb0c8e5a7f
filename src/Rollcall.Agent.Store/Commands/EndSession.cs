using Rollcall.Agent.Store.Sessions;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Ends a session and releases or deletes what it holds. One that is not there is no error.</summary>
/// <param name="Id">An id in which <see cref="SessionId.Fault"/> finds nothing.</param>
public sealed record EndSession(string Id) : Command<bool>
{
    internal override bool Apply(StoreTransaction transaction)
    {
        transaction.SessionWriter.End(SessionId.KeyOf(Id));
        return true;
    }
}
