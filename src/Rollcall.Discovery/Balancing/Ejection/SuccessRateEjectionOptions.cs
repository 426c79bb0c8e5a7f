using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery.Balancing.Ejection;

/// <summary>
/// Ejects endpoints whose share of successful calls in the last interval is below the mean of all by more than a number of standard deviations
/// (gRFC A50). Finds a few bad among many good; when more than 1 / (1 + <see cref="StdevFactor"/>²) of them are bad, 21.7 % with the default, it sees
/// nothing: combine it with another rule.
/// </summary>
public sealed class SuccessRateEjectionOptions
{
    /// <summary>How many standard deviations below the mean is too far.</summary>
    /// <value>Default 1.9. More than zero. (In service configs in thousandths: 1900.)</value>
    public double StdevFactor { get; set; } = 1.9;

    /// <summary>How likely an endpoint is ejected that the rule has found, in percent.</summary>
    /// <value>Default 100. From 0 to 100.</value>
    public int EnforcementPercent { get; set; } = 100;

    /// <summary>How many endpoints must have had enough calls.</summary>
    /// <value>Default 5. From 1.</value>
    public int MinimumHosts { get; set; } = 5;

    /// <summary>How many calls of an endpoint in an interval are enough.</summary>
    /// <value>Default 100. From 1.</value>
    public int RequestVolume { get; set; } = 100;

    internal SuccessRateEjectionOptions Copy() => (SuccessRateEjectionOptions)MemberwiseClone();

    internal void Check(OptionFaults faults, string path)
    {
        faults.Between(StdevFactor, 0.001, 1000, $"{path}.{nameof(StdevFactor)}");
        faults.Between(EnforcementPercent, 0, 100, $"{path}.{nameof(EnforcementPercent)}");
        faults.AtLeast(MinimumHosts, 1, $"{path}.{nameof(MinimumHosts)}");
        faults.AtLeast(RequestVolume, 1, $"{path}.{nameof(RequestVolume)}");
    }
}
