namespace Rollcall.LoadTest.Soak;

/// <summary>What a soak did, and what the processes held after its warm-up and at its end.</summary>
/// <param name="Calls">Calls that ended, of all four kinds.</param>
/// <param name="Failed">Those that an instance took down with it (Unavailable).</param>
/// <param name="Wrong">Those that ended with any other status or with a wrong answer.</param>
/// <param name="FirstWrong">What the first of them said.</param>
/// <param name="Replaced">Instances that were stopped or killed, and replaced.</param>
/// <param name="ClientBefore">This process after the warm-up.</param>
/// <param name="ClientAfter">This process at the end.</param>
/// <param name="ServerBefore">The instance that stays, after the warm-up.</param>
/// <param name="ServerAfter">The instance that stays, at the end.</param>
/// <param name="LongestStopSeconds">How long the slowest of the instances that were stopped took for it.</param>
/// <param name="StoppedUnobserved">Exceptions that nobody looked at in the instances that were stopped, until their end.</param>
internal sealed record SoakReport(
    long Calls,
    long Failed,
    long Wrong,
    string? FirstWrong,
    int Replaced,
    Vitals ClientBefore,
    Vitals ClientAfter,
    Vitals ServerBefore,
    Vitals ServerAfter,
    double LongestStopSeconds,
    int StoppedUnobserved)
{
    // On a busy machine a stop takes some seconds; one that waits for something takes the 30 of the host.
    private const double StopSeconds = 20;

    /// <summary>What a soak must not show; empty when all is well.</summary>
    public IReadOnlyList<string> Faults { get; } =
    [
        .. ClientAfter.GrownSince(ClientBefore).Select(static what => $"caller {what}"),
        .. ServerAfter.GrownSince(ServerBefore).Select(static what => $"server {what}"),
        .. LongestStopSeconds > StopSeconds ? ["slow stop"] : Array.Empty<string>(),
        .. StoppedUnobserved > 0 ? ["stopped instances exceptions"] : Array.Empty<string>(),
        .. Wrong > 0 ? ["wrong"] : Array.Empty<string>(),
        .. Replaced == 0 ? ["no churn"] : Array.Empty<string>(),

        // An instance takes with it what it was answering: no more than a call of each worker.
        .. Failed > Replaced * SoakCallers.Workers || Failed == Calls ? ["failed"] : Array.Empty<string>(),
    ];

    public int Unobserved => ClientAfter.Unobserved + ServerAfter.Unobserved + StoppedUnobserved;
}
