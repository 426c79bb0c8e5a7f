namespace Rollcall.Hosting.Registration;

/// <summary>
/// Between a registration and somebody else who registers the same id. The other is answered at once twice, and then ever more rarely: else both would wake every
/// watcher every two seconds, for ever. Times are the loop's, which alone uses it.
/// </summary>
internal sealed class IdContest(RegistrationPace pace)
{
    private const int AnsweredAtOnce = 2;
    private static readonly TimeSpan s_firstYield = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_maxYield = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_peace = TimeSpan.FromMinutes(3);

    // How often in a row ours was overwritten, and when last.
    private int _overwritten;
    private TimeSpan _overwrittenAt;

    /// <summary>Until when the other is left alone; null: it isn't.</summary>
    public TimeSpan? YieldUntil { get; private set; }

    /// <summary>What to say of it; null: nobody contests the id.</summary>
    public string? Fault { get; private set; }

    /// <summary>Another's registration was found in place of ours.</summary>
    /// <returns>Whether it stays for now.</returns>
    public bool Yields(TimeSpan now, Func<string> describe)
    {
        if (now < YieldUntil)
        {
            return true;
        }

        if (YieldUntil is not null)
        {
            // It had its time, and we take our turn.
            YieldUntil = null;
            return false;
        }

        _overwritten = now - _overwrittenAt > s_peace ? 1 : _overwritten + 1;
        _overwrittenAt = now;
        if (_overwritten <= AnsweredAtOnce)
        {
            return false;
        }

        var full = s_firstYield * Math.Pow(2, Math.Min(_overwritten - AnsweredAtOnce, 10));
        YieldUntil = now + pace.Jitter(full < s_maxYield ? full : s_maxYield, 0.9, 1.1);
        Fault = describe();
        return true;
    }

    /// <summary>Ours was found.</summary>
    public void OnOurs(TimeSpan now)
    {
        if (now - _overwrittenAt > s_peace)
        {
            Fault = null;
        }
    }

    /// <summary>Ours was put in place.</summary>
    public void OnRegistered() => YieldUntil = null;
}
