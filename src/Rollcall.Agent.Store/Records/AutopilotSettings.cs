namespace Rollcall.Agent.Store.Records;

/// <summary>Settings of Consul's autopilot. Durations in nanoseconds.</summary>
public sealed record AutopilotSettings
{
    public bool CleanupDeadServers { get; init; }

    public long LastContactThreshold { get; init; }

    public ulong MaxTrailingLogs { get; init; }

    public uint MinQuorum { get; init; }

    public long ServerStabilizationTime { get; init; }

    public string RedundancyZoneTag { get; init; } = "";

    public bool DisableUpgradeMigration { get; init; }

    public string UpgradeVersionTag { get; init; } = "";

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }

    /// <summary>What Consul starts with.</summary>
    public static AutopilotSettings Default { get; } = new()
    {
        CleanupDeadServers = true,
        LastContactThreshold = 200_000_000,
        MaxTrailingLogs = 250,
        ServerStabilizationTime = 10_000_000_000,
    };
}
