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
    private const int ShortOnes = 32;

    private int _untilShort;
    private int _untilTrusted;

    public Func<AgentRequest, ValueTask> Handler { get; } = handler;

    public string Metric { get; } = metric;

    public AclDemand Demand { get; } = demand;

    public Precedence Precedence { get; } = precedence;

    /// <summary>Whether it lately computed for long.</summary>
    public bool IsLong => Volatile.Read(ref _untilShort) > 0;

    /// <summary>Whether it lately took long by the clock. It may only have waited for a processor, so what its thread computes is to be measured, too.</summary>
    public bool IsDoubted => Volatile.Read(ref _untilTrusted) > 0;

    /// <summary>Takes note of how it did this time.</summary>
    /// <param name="tookLong">By the clock.</param>
    /// <param name="computedLong">By the time its thread had a processor; false also if that was not measured.</param>
    public void Took(bool tookLong, bool computedLong)
    {
        // Read by every request and hardly ever another: a write would take it from the other processors. Of two at once one may be lost.
        Count(ref _untilTrusted, tookLong);
        Count(ref _untilShort, computedLong);
    }

    private static void Count(ref int left, bool isLong)
    {
        var known = Volatile.Read(ref left);
        var next = isLong ? ShortOnes : Math.Max(known - 1, 0);
        if (next != known)
        {
            Volatile.Write(ref left, next);
        }
    }
}
