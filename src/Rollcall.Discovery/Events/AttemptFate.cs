namespace Rollcall.Discovery.Events;

/// <summary>What became of an attempt that did not decide its call.</summary>
public enum AttemptFate
{
    /// <summary>No server has seen it, so another one was asked.</summary>
    Moved,

    /// <summary>It failed, and the retry policy allows another one.</summary>
    Retried,

    /// <summary>It took long, so another one was sent beside it.</summary>
    Hedged,
}
