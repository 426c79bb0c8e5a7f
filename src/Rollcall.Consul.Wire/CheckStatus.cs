namespace Rollcall.Consul.Wire;

/// <summary>The words Consul uses for the state of a check.</summary>
public static class CheckStatus
{
    public const string Passing = "passing";

    public const string Warning = "warning";

    public const string Critical = "critical";

    /// <summary>The aggregate of an instance or node in maintenance.</summary>
    public const string Maintenance = "maintenance";
}
