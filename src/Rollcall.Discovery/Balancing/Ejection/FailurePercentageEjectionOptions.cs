using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery.Balancing.Ejection;

/// <summary>Ejects endpoints of whose calls more than a share failed in the last interval (gRFC A50).</summary>
public sealed class FailurePercentageEjectionOptions
{
    /// <summary>The share of failed calls, in percent, above which an endpoint is ejected.</summary>
    /// <value>Default 85. From 0 to 100; 100 ejects nothing.</value>
    public int Threshold { get; set; } = 85;

    /// <summary>How likely an endpoint is ejected that the rule has found, in percent.</summary>
    /// <value>Default 100. From 0 to 100.</value>
    public int EnforcementPercent { get; set; } = 100;

    /// <summary>How many endpoints must have had enough calls.</summary>
    /// <value>Default 5. From 1.</value>
    public int MinimumHosts { get; set; } = 5;

    /// <summary>How many calls of an endpoint in an interval are enough.</summary>
    /// <value>Default 50. From 1.</value>
    public int RequestVolume { get; set; } = 50;

    internal FailurePercentageEjectionOptions Copy() => (FailurePercentageEjectionOptions)MemberwiseClone();

    internal void Check(OptionFaults faults, string path)
    {
        faults.Between(Threshold, 0, 100, $"{path}.{nameof(Threshold)}");
        faults.Between(EnforcementPercent, 0, 100, $"{path}.{nameof(EnforcementPercent)}");
        faults.AtLeast(MinimumHosts, 1, $"{path}.{nameof(MinimumHosts)}");
        faults.AtLeast(RequestVolume, 1, $"{path}.{nameof(RequestVolume)}");
    }
}
