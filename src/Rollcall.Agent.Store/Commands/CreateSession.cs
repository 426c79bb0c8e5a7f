using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Adds a session, with the id it carries.</summary>
public sealed record CreateSession(Session Session) : Command<string?>
{
    /// <returns>Null, or the reason why there is none.</returns>
    internal override string? Apply(StoreTransaction transaction) => transaction.SessionWriter.Create(Session);
}
