using System.Collections.Frozen;

namespace Rollcall.Agent.Overload;

/// <summary>What each route is worth when memory runs out; a test compares it with the routes. What is not in it is ordinary.</summary>
internal static class PrecedenceTable
{
    private static readonly FrozenDictionary<string, Precedence> s_table = new Dictionary<string, Precedence>(StringComparer.Ordinal)
    {
        ["PUT /v1/agent/check/pass/"] = Precedence.Vital,
        ["PUT /v1/agent/check/warn/"] = Precedence.Vital,
        ["PUT /v1/agent/check/fail/"] = Precedence.Vital,
        ["PUT /v1/agent/check/update/"] = Precedence.Vital,
        ["PUT /v1/agent/check/deregister/"] = Precedence.Vital,
        ["PUT /v1/agent/service/deregister/"] = Precedence.Vital,
        ["PUT /v1/agent/service/maintenance/"] = Precedence.Vital,
        ["PUT /v1/agent/maintenance"] = Precedence.Vital,
        ["PUT /v1/catalog/deregister"] = Precedence.Vital,
        ["PUT /v1/session/renew/"] = Precedence.Vital,
        ["PUT /v1/session/destroy/"] = Precedence.Vital,
        ["DELETE /v1/kv/"] = Precedence.Vital,
        ["DELETE /v1/query/"] = Precedence.Vital,
        ["DELETE /v1/config/"] = Precedence.Vital,
        ["DELETE /v1/connect/intentions/"] = Precedence.Vital,
        ["PUT /v1/agent/leave"] = Precedence.Vital,

        // Who keeps a service registered looks before it sends its heartbeat.
        ["GET /v1/agent/service/"] = Precedence.Vital,
        ["GET /v1/agent/checks"] = Precedence.Vital,
        ["GET /v1/agent/metrics"] = Precedence.Vital,
        ["GET /v1/status/leader"] = Precedence.Vital,
        ["GET /v1/status/peers"] = Precedence.Vital,

        ["PUT /v1/kv/"] = Precedence.Growing,
        ["PUT /v1/txn"] = Precedence.Growing,
        ["PUT /v1/event/fire/"] = Precedence.Growing,
        ["PUT /v1/snapshot"] = Precedence.Growing,
        ["GET /v1/snapshot"] = Precedence.Growing,
        ["PUT /v1/config"] = Precedence.Growing,
        ["POST /v1/query"] = Precedence.Growing,
        ["POST /v1/connect/intentions"] = Precedence.Growing,
        ["PUT /v1/catalog/register"] = Precedence.Growing,
        ["PUT /v1/coordinate/update"] = Precedence.Growing,
        ["GET /v1/agent/monitor"] = Precedence.Growing,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>All it names.</summary>
    public static IEnumerable<string> Routes => s_table.Keys;

    public static Precedence Of(string method, string path) => s_table.GetValueOrDefault($"{method} {path}", Precedence.Ordinary);
}
