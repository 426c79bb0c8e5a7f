namespace Rollcall.Agent.Store.Durability;

/// <summary>A change could not be kept, and was not made. Reads go on; the next change is tried again.</summary>
public sealed class StoreJournalException : Exception
{
    /// <param name="message">What failed, and what to do, for a person.</param>
    /// <param name="innerException">The fault itself.</param>
    public StoreJournalException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
