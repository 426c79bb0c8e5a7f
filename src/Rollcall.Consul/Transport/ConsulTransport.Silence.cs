namespace Rollcall.Consul.Transport;

/// <summary>
/// A process that hangs still has its connections: its system takes what is sent, and answers for it that they live. Queries that wait for minutes would notice nothing. So
/// when any request is not answered in its time, or given up after seconds, the agent is asked for a sign of life, and the queries at one that gives none end. They are not asked again one and all for each
/// request that takes long: the agent counts those that are given up, too.
/// </summary>
internal sealed partial class ConsulTransport
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    // Agents answer in milliseconds; less says nothing of them.
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(2);

    private void Probe(AgentConnection agent)
    {
        // In a given handler the question might wait for a free connection behind the very queries that it would end.
        if (agent.IsOwnHandler && agent.TryBeginProbe())
        {
            _ = ProbeAsync(agent);
        }
    }

    private async Task ProbeAsync(AgentConnection agent)
    {
        // Agents know the answer without their servers, and without a token; older ones answer that there is no such thing, which is as good.
        var request = new ConsulRequest(HttpMethod.Get, "agent/version");
        var patience = s_patience < Options.Timeout ? s_patience : Options.Timeout;
        using var timer = new CancellationTokenSource(patience, _time);
        try
        {
            using var answer = await agent.SendAsync(Message(request, agent, SecretsOf(request)), timer.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // However else it fails is told by the connections of the queries that wait.
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (timer.IsCancellationRequested)
            {
                agent.FallSilent(ConsulFailure.TimedOut(request, agent.Name, patience, e));
            }
        }
        finally
        {
            agent.EndProbe();
        }
    }
}
