namespace Rollcall.Consul.Wire;

/// <summary>The rules for the index that a blocking query waits above.</summary>
public static class BlockingIndex
{
    /// <summary>The wait that an agent uses when the client names none, and the longest that it grants.</summary>
    public static readonly TimeSpan DefaultWait = TimeSpan.FromMinutes(5);

    public static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(10);

    /// <summary>
    /// The index to ask with next. An index that went backwards (the agent lost its state, or a snapshot was restored) means starting
    /// again from 0, which returns at once; 0 in an answer counts as 1, because asking with 0 never blocks.
    /// </summary>
    /// <param name="asked">The index that the answered query was sent with; 0 for the first.</param>
    /// <param name="received">The index in a 200 answer. Error answers carry an index too: it must never get here.</param>
    public static ulong Next(ulong asked, ulong received)
    {
        received = Math.Max(received, 1);
        return received < asked ? 0 : received;
    }

    /// <summary>How long a client must be ready to wait: agents add up to a sixteenth of the wait so that clients do not return in step.</summary>
    /// <param name="wait">The wait that was asked for.</param>
    /// <param name="slack">Time for the answer itself to travel.</param>
    public static TimeSpan ClientTimeout(TimeSpan wait, TimeSpan slack) => wait + (wait / 16) + slack;
}
