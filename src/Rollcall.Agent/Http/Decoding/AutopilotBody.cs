using Rollcall.Agent.Go;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>The body of <c>operator/autopilot/configuration</c>.</summary>
internal sealed class AutopilotBody
{
    public static readonly GoStruct<AutopilotBody> Type = new GoStruct<AutopilotBody>("AutopilotConfiguration", "api.AutopilotConfiguration")
        .Add((d, v, t) => t.Settings = t.Settings with { CleanupDeadServers = d.Bool(v) }, "CleanupDeadServers")
        .Add((d, v, t) => t.Settings = t.Settings with { LastContactThreshold = d.Nanoseconds(v) }, "LastContactThreshold")
        .Add((d, v, t) => t.Settings = t.Settings with { MaxTrailingLogs = d.Unsigned(v) }, "MaxTrailingLogs")
        .Add((d, v, t) => t.Settings = t.Settings with { MinQuorum = (uint)Math.Min(d.Unsigned(v, "uint"), uint.MaxValue) }, "MinQuorum")
        .Add((d, v, t) => t.Settings = t.Settings with { ServerStabilizationTime = d.Nanoseconds(v) }, "ServerStabilizationTime")
        .Add((d, v, t) => t.Settings = t.Settings with { RedundancyZoneTag = d.Text(v) }, "RedundancyZoneTag")
        .Add((d, v, t) => t.Settings = t.Settings with { DisableUpgradeMigration = d.Bool(v) }, "DisableUpgradeMigration")
        .Add((d, v, t) => t.Settings = t.Settings with { UpgradeVersionTag = d.Text(v) }, "UpgradeVersionTag")
        .Add((d, v, t) => d.Unsigned(v), "CreateIndex")
        .Add((d, v, t) => d.Unsigned(v), "ModifyIndex");

    public AutopilotSettings Settings { get; private set; } = new();
}
