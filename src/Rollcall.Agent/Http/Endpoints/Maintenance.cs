using Rollcall.Agent.Go;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Store.Local;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary>Maintenance is a critical check that nothing runs: it takes the instance or node out until it is removed.</summary>
internal static class Maintenance
{
    /// <summary>The parameter <c>enable</c>; null with the fault.</summary>
    public static bool? ReadEnable(in Query query, out string fault)
    {
        fault = "";
        var text = query["enable"];
        var enable = GoBool.Read(text);
        if (enable is null)
        {
            fault = query.Has("enable") ? $"Invalid value for enable: \"{text}\"" : "Missing value for enable";
        }

        return enable;
    }

    /// <summary>False if there is no such service.</summary>
    public static async ValueTask<bool> SetForServiceAsync(AgentCore core, string serviceId, bool enable, string reason)
    {
        if (!core.Store.Root.Local.Services.ContainsKey(serviceId))
        {
            return false;
        }

        await SetAsync(core, $"{CheckRules.ServiceMaintenancePrefix}{serviceId}", "Service", serviceId, enable, reason).ConfigureAwait(false);
        return true;
    }

    public static ValueTask SetForNodeAsync(AgentCore core, bool enable, string reason) =>
        SetAsync(core, CheckRules.NodeMaintenanceId, "Node", "", enable, reason);

    private static async ValueTask SetAsync(AgentCore core, string checkId, string what, string serviceId, bool enable, string reason)
    {
        if (!enable)
        {
            await core.Registry.DeregisterCheckAsync(checkId).ConfigureAwait(false);
            return;
        }

        if (core.Store.Root.Local.Checks.TryGetValue(checkId, out var known))
        {
            // Enabling it again does not change the reason.
            if (known.Check.Type == CheckRules.MaintenanceType && known.Check.ServiceId == serviceId)
            {
                return;
            }

            // Another check, whose status would be kept.
            await core.Registry.DeregisterCheckAsync(checkId).ConfigureAwait(false);
        }

        var notes = reason.Length > 0
            ? reason
            : $"Maintenance mode is enabled for this {what.ToLowerInvariant()}, but no reason was provided. This is a default message.";
        await core.Registry.RegisterCheckAsync(new LocalCheck(
            new HealthCheck
            {
                CheckId = checkId,
                Name = $"{what} Maintenance Mode",
                Status = CheckStatus.Critical,
                Notes = notes,
                ServiceId = serviceId,
                Type = CheckRules.MaintenanceType,
            },
            null)).ConfigureAwait(false);
    }
}
