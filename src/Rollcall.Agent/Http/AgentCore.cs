using Rollcall.Agent.Queries;
using Rollcall.Agent.Sessions;
using Rollcall.Agent.Store;

namespace Rollcall.Agent.Http;

/// <summary>What endpoints work on. Checks that run programs may be registered through the API only where scripts are enabled.</summary>
internal sealed record AgentCore(
    StateStore Store, LocalRegistry Registry, SessionTimers Sessions, BlockingQuery Blocking, SharedBodies Bodies, AgentIdentity Identity, bool ScriptsEnabled)
{
    /// <summary>The answer to a request for another datacenter, which this agent cannot reach.</summary>
    public const string NoPath = "No path to datacenter";

    /// <summary>What was asked for with <c>cached</c>.</summary>
    public CachedReads Cached { get; } = new();

    public bool IsOtherDatacenter(string datacenter) => datacenter.Length > 0 && datacenter != Identity.Datacenter;

    /// <summary>The node by whose distance a list is to be sorted; empty: as it is.</summary>
    public string Near(in Query query) => query["near"] is var near && near == QueryExecutor.OwnNode ? Identity.NodeName : near;
}
