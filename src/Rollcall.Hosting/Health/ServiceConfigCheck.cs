using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Rollcall.Discovery.Configuration.Live;

namespace Rollcall.Hosting.Health;

/// <summary>Healthy when no service config of a service that is called was refused; tells which can't be read, too, and what has no effect in those in force, which may be meant for others.</summary>
internal sealed class ServiceConfigCheck(IServiceProvider services) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var states = services.GetService<ServiceConfigDirectory>()?.States.ToList() ?? [];
        var refused = states.Exists(static state => state.Refused is not null);
        var words = string.Join(' ', states.Where(static state => state.Refused is not null).Select(Describe).Concat(states.SelectMany(Unread)).Concat(states.SelectMany(WithoutEffect)));
        return Task.FromResult(refused
            ? new HealthCheckResult(context.Registration.FailureStatus, words)
            : HealthCheckResult.Healthy(words.Length == 0 ? null : words));
    }

    private static IEnumerable<string> WithoutEffect(ServiceConfigState state)
    {
        if (state.Config is { WithoutEffect: { IsEmpty: false } parts })
        {
            yield return $"{state.Query.Service}: not all of {state.Origin} has an effect: {string.Join("; ", parts)}.";
        }
    }

    /// <summary>No fault of the config: calls go on by what was read before, and the source has a check of its own.</summary>
    private static IEnumerable<string> Unread(ServiceConfigState state)
    {
        if (state.Failure is { } failure)
        {
            yield return $"{state.Query.Service}: its config can't be read since {failure.Since:u}, so that a change is not seen. "
                + $"In force is {(state.Config is null ? "what the callers' options say" : $"what was read of {state.Origin} before")}. {failure.Reason}";
        }
    }

    private static string Describe(ServiceConfigState state) =>
        $"{state.Query.Service}: {state.Refused!.Origin} is refused since {state.Refused.Since:u}. "
        + $"In force is {(state.Origin == state.Refused.Origin ? "what was there before" : state.Origin ?? "what the callers' options say")}. {state.Refused.Fault}";
}
