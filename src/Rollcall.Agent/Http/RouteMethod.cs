using Rollcall.Agent.Acl;
using Rollcall.Agent.Overload;

namespace Rollcall.Agent.Http;

/// <summary>One method of an endpoint. Safe for use by many threads.</summary>
/// <param name="handler">Answers.</param>
/// <param name="metric">The name that its times are measured under.</param>
/// <param name="demand">What it needs.</param>
/// <param name="precedence">What it is worth when memory runs out.</param>
internal sealed class RouteMethod(Func<AgentRequest, ValueTask> handler, string metric, AclDemand demand, Precedence precedence)
{
    // So many short ones in a row end it: a client that sends others between its long ones must not get each of those onto the thread that all wait for.
    // What is long but once, as the first of all, costs no more than that.
    private const int ShortOnes = 32;

    private volatile int _untilShort;

    public Func<AgentRequest, ValueTask> Handler { get; } = handler;

    public string Metric { get; } = metric;

    public AclDemand Demand { get; } = demand;

    public Precedence Precedence { get; } = precedence;

    /// <summary>Whether it lately computed for long.</summary>
    public bool IsLong => _untilShort > 0;

    /// <summary>Takes note of whether it computed for long this time.</summary>
    public void Took(bool isLong)
    {
        // Read by every request and hardly ever another: a write would take it from the other processors. Of two at once one may be lost.
        var known = _untilShort;
        var left = isLong ? ShortOnes : Math.Max(known - 1, 0);
        if (left != known)
        {
            _untilShort = left;
        }
    }
}
