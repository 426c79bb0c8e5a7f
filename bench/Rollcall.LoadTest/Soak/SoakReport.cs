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
internal sealed record SoakReport(
    long Calls,
    long Failed,
    long Wrong,
    string? FirstWrong,
    int Replaced,
    Vitals ClientBefore,
    Vitals ClientAfter,
    Vitals ServerBefore,
    Vitals ServerAfter)
{
    public bool Flat => ClientAfter.IsFlatSince(ClientBefore) && ServerAfter.IsFlatSince(ServerBefore);

    public int Unobserved => ClientAfter.Unobserved + ServerAfter.Unobserved;
}
