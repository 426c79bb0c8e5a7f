using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Rollcall.Discovery.Configuration.Live;

namespace Rollcall.Hosting.Health;

/// <summary>Healthy when no service config of a service that is called was refused.</summary>
internal sealed class ServiceConfigCheck(IServiceProvider services) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var refused = services.GetService<ServiceConfigDirectory>()?.States.Where(static state => state.Refused is not null).ToList() ?? [];
        return Task.FromResult(refused.Count == 0
            ? HealthCheckResult.Healthy()
            : new HealthCheckResult(context.Registration.FailureStatus, string.Join(" ", refused.Select(Describe))));
    }

    private static string Describe(ServiceConfigState state) =>
        $"{state.Query.Service}: {state.Refused!.Origin} is refused since {state.Refused.Since:u}. "
        + $"In force is {(state.Origin == state.Refused.Origin ? "what was there before" : state.Origin ?? "what the callers' options say")}. {state.Refused.Fault}";
}
