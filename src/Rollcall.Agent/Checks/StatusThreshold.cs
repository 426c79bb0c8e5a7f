using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Checks;

/// <summary>
/// Holds a change of status back until enough results in a row agree. Used by one loop, so it needs no lock.
/// A warning counts as a success: it is reported as it is, and ends a row of failures.
/// </summary>
internal sealed class StatusThreshold(int successBeforePassing, int failuresBeforeCritical)
{
    private int _successes;
    private int _failures;

    /// <summary>Whether this result is to be reported; false keeps the status as it was.</summary>
    public bool Passes(string status)
    {
        if (status is CheckStatus.Critical)
        {
            _successes = 0;
            _failures = Math.Min(_failures + 1, failuresBeforeCritical);
            return _failures >= failuresBeforeCritical;
        }

        _failures = 0;
        _successes = Math.Min(_successes + 1, successBeforePassing);
        return _successes >= successBeforePassing;
    }
}
