using System.Collections.Immutable;
using System.Net;

namespace Rollcall.Consul.Transport;

/// <summary>
/// The agents of a client, tried in turn. All requests begin with the one that answered last, so that they stay together on it; one that does
/// not answer hands that place on. Thread-safe.
/// </summary>
internal sealed class AgentRing(ImmutableArray<AgentConnection> agents) : IDisposable
{
    private int _preferred;

    public int Count => agents.Length;

    /// <summary>The agent that registrations belong to, whatever becomes of it.</summary>
    public AgentConnection Home => agents[0];

    /// <summary>Where requests begin.</summary>
    public AgentConnection Preferred => agents[Volatile.Read(ref _preferred)];

    /// <summary>Whether each open query at one of them takes a connection that the agent counts.</summary>
    public bool IsOneConnectionPerQuery { get; } = agents.Any(static agent => agent.IsOneConnectionPerQuery);

    /// <summary>All of them, for people.</summary>
    public string Name { get; } = string.Join(", ", agents.Select(static agent => agent.Name));

    /// <summary>The agent to ask after one that failed.</summary>
    /// <param name="failed">That one.</param>
    /// <param name="failure">How.</param>
    public AgentConnection After(AgentConnection failed, ConsulException failure)
    {
        var at = agents.IndexOf(failed);
        var next = (at + 1) % agents.Length;
        if (failure.Origin is ConsulErrorOrigin.Unreachable or ConsulErrorOrigin.Timeout)
        {
            // An agent that answers with an error may well answer other questions.
            Interlocked.CompareExchange(ref _preferred, next, at);
        }

        return agents[next];
    }

    /// <summary>Whether another agent may know better: not when this one understood, and refuses for another reason than load.</summary>
    public static bool MayKnowBetter(ConsulException failure) =>
        failure.Origin != ConsulErrorOrigin.Server || failure.StatusCode is >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests;

    public void Dispose()
    {
        foreach (var agent in agents)
        {
            agent.Dispose();
        }
    }
}
