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
}
