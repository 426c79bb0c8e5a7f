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
    private volatile bool _isLong;

    public Func<AgentRequest, ValueTask> Handler { get; } = handler;

    public string Metric { get; } = metric;

    public AclDemand Demand { get; } = demand;

    public Precedence Precedence { get; } = precedence;

    /// <summary>Whether it computed for long the last time.</summary>
    public bool IsLong
    {
        get => _isLong;
        set
        {
            // Read by every request and hardly ever another: a write would take it from the other processors.
            if (_isLong != value)
            {
                _isLong = value;
            }
        }
    }
}
