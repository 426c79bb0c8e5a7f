using System.Globalization;
using Rollcall.Consul;
using Rollcall.Consul.Wire;

namespace Rollcall.Hosting.Registration;

/// <summary>
/// The agent as the loop of one registration uses it. A request that hangs is given up after the time between two heartbeats: it holds up others of its kind.
/// </summary>
/// <param name="consul">The client.</param>
/// <param name="heartbeats">The time between two; null: there are none.</param>
/// <param name="time">Its clock.</param>
internal sealed class ImpatientAgent(ConsulClient consul, TimeSpan? heartbeats, TimeProvider time)
{
    // The client's own timeout is much shorter where heartbeats are rare, or there are none.
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(1);
    private readonly TimeSpan _limit = heartbeats < s_longest ? heartbeats.Value : s_longest;

    /// <summary>Checks that others added to the service stay: an operator's maintenance mode is one of them.</summary>
    public Task RegisterAsync(ServiceRegistration service, CancellationToken cancellationToken) =>
        LimitAsync(token => consul.Agent.RegisterAsync(service, replaceExistingChecks: false, token), cancellationToken);

    public Task RemoveCheckAsync(string checkId, CancellationToken cancellationToken) =>
        LimitAsync(token => consul.Agent.DeregisterCheckAsync(checkId, token), cancellationToken);

    public Task DeregisterAsync(string id, CancellationToken cancellationToken) =>
        LimitAsync(token => consul.Agent.DeregisterAsync(id, token), cancellationToken);

    public async Task<AgentService?> ServiceAsync(string id, CancellationToken cancellationToken)
    {
        AgentService? service = null;
        await LimitAsync(async token => service = (await consul.Agent.ServiceAsync(id, token).ConfigureAwait(false)).Value, cancellationToken).ConfigureAwait(false);
        return service;
    }

    public async Task<AgentSelf> SelfAsync(CancellationToken cancellationToken)
    {
        AgentSelf? self = null;
        await LimitAsync(async token => self = (await consul.Agent.SelfAsync(token).ConfigureAwait(false)).Value, cancellationToken).ConfigureAwait(false);
        return self!;
    }

    public async Task<IReadOnlyDictionary<string, HealthCheck>> ChecksAsync(CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, HealthCheck>? checks = null;
        await LimitAsync(async token => checks = (await consul.Agent.ChecksAsync(null, token).ConfigureAwait(false)).Value, cancellationToken).ConfigureAwait(false);
        return checks!;
    }

    public Task BeatAsync(Heartbeat heartbeat, CheckUpdate? update, CancellationToken cancellationToken) => LimitAsync(
        token => update is null
            ? consul.Agent.PassAsync(heartbeat.CheckId, null, token)
            : consul.Agent.UpdateCheckAsync(heartbeat.CheckId, update, token),
        cancellationToken);

    private async Task LimitAsync(Func<CancellationToken, Task> request, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_limit, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await request(linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(string.Create(
                CultureInfo.InvariantCulture,
                $"The agent at {consul.Address} gave no answer within {_limit.TotalSeconds:0.###} s, the time between two heartbeats. Is it overloaded or out of reach, or does the TTL leave it too little time?"));
        }
    }
}
