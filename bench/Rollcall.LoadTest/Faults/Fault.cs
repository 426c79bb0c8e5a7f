namespace Rollcall.LoadTest.Faults;

/// <summary>What happens to an instance while it stays registered and its checks stay passing.</summary>
internal enum Fault
{
    /// <summary>Every call takes ten times as long.</summary>
    Slow,

    /// <summary>Every call fails at once: Unavailable, or 503.</summary>
    Failing,

    /// <summary>SIGSTOP: connections stay open and are even accepted, and nothing is answered.</summary>
    Paused,

    /// <summary>SIGKILL: connections break, and no new ones are accepted.</summary>
    Killed,
}
