namespace Rollcall.Agent.Store.Commands;

/// <summary>Puts a key and makes a session its holder.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value; the store keeps the array.</param>
/// <param name="Flags">64 bits that belong to the user.</param>
/// <param name="Session">The session's id.</param>
public sealed record KvLock(string Key, byte[] Value, ulong Flags, string Session) : Command<(bool Locked, string? Fault)>
{
    /// <returns>Whether the session holds the key now, and what is wrong with the session.</returns>
    internal override (bool Locked, string? Fault) Apply(StoreTransaction transaction) =>
        (transaction.KvWriter.Lock(Key, Value, Flags, Session, out var fault) is not null, fault);
}
