namespace Rollcall.Grpc.Client;

/// <summary>What follows an attempt.</summary>
public enum AttemptFate
{
    /// <summary>It decided the call.</summary>
    Final,

    /// <summary>It never reached a server, and the call goes on to another endpoint at once.</summary>
    Moved,

    /// <summary>It failed, and the retry policy repeats it.</summary>
    Retried,

    /// <summary>
    /// Another copy that the hedging policy sent goes on, or follows: this one failed, or was cancelled because the other one was better.
    /// </summary>
    Hedged,
}
