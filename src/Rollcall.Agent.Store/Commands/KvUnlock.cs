namespace Rollcall.Agent.Store.Commands;

/// <summary>Puts a key and takes its holder away; nothing is put if the session does not hold it.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value; the store keeps the array.</param>
/// <param name="Flags">64 bits that belong to the user.</param>
/// <param name="Session">The session's id.</param>
public sealed record KvUnlock(string Key, byte[] Value, ulong Flags, string Session) : Command<(bool Unlocked, string? Fault)>
{
    /// <returns>Whether the session held the key, and what is wrong with the session.</returns>
    internal override (bool Unlocked, string? Fault) Apply(StoreTransaction transaction) =>
        (transaction.KvWriter.Unlock(Key, Value, Flags, Session, out var fault) is not null, fault);
}
