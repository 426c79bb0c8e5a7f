using Microsoft.Extensions.Diagnostics.HealthChecks;
using Rollcall.Hosting.Registration;

namespace Rollcall.Hosting.Health;

/// <summary>Healthy when every registration is what it's to be.</summary>
internal sealed class ServiceRegistrationCheck(ServiceRegistrations registrations, IEnumerable<RegistrationName> names) : IHealthCheck
{
    /// <summary>
    /// What tells it in a report. Told to the agent, whose news it is, it would take a healthy instance out of the lists each time the agent could not be asked or had
    /// forgotten it.
    /// </summary>
    internal const string Tag = "rollcall.service-registration";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var states = registrations.States;
        var open = states.Where(static s => !s.IsSettled).Select(Describe);
        if (states.Count == 0)
        {
            // The server answers before the host has started, which is when registering begins.
            open = names.Select(static n => $"{n.Name}: is not registered yet, the host is still starting.");
        }

        var words = string.Join(' ', open);
        return Task.FromResult(words.Length == 0 ? HealthCheckResult.Healthy() : new HealthCheckResult(context.Registration.FailureStatus, words));
    }

    private static string Describe(RegistrationState state) =>
        $"{state.ServiceId ?? state.ServiceName}: is to be {state.Desired}, is {state.Actual} since {state.Since:u}."
        + (state.LastError is null ? "" : $" {state.LastError}");
}
