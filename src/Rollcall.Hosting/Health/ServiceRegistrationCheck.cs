using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Rollcall.Hosting.Health;

/// <summary>Healthy when every registration is what it's to be.</summary>
internal sealed class ServiceRegistrationCheck(ServiceRegistrations registrations) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var open = registrations.States.Where(s => !s.IsSettled).ToList();
        return Task.FromResult(open.Count == 0
            ? HealthCheckResult.Healthy()
            : new HealthCheckResult(context.Registration.FailureStatus, string.Join(" ", open.Select(Describe))));
    }

    private static string Describe(RegistrationState state) =>
        $"{state.ServiceId ?? state.ServiceName}: is to be {state.Desired}, is {state.Actual} since {state.Since:u}."
        + (state.LastError is null ? "" : $" {state.LastError}");
}
