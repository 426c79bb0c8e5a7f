namespace Rollcall.Agent.Checks;

/// <summary>One way to ask an instance how it is. Safe for use by many checks at once; keeps nothing between two probes.</summary>
internal interface IProbe
{
    /// <summary>Asks once. A peer that cannot be reached is a critical result, not an exception; cancellation is one, unless what there was until then is a result.</summary>
    Task<ProbeResult> RunAsync(CheckSpec spec, CancellationToken cancellationToken);

    /// <summary>The output of a probe that took longer than the check's timeout.</summary>
    string TimeoutOutput(CheckSpec spec);
}
