namespace Rollcall.Agent.Acl;

/// <summary>
/// What each route needs, in one place. What is not in it needs <c>operator:write</c>, so that nothing stands open by mistake; a test compares it with the routes.
/// </summary>
internal static class AclTable
{
    /// <summary>Anybody may, with or without a token.</summary>
    private static readonly AclDemand s_open = new(null, default, AclName.None);

    /// <summary>The endpoint looks itself: what is needed stands in the body or the state, or lists leave out what may not be read.</summary>
    private static readonly AclDemand s_itself = new(null, default, AclName.None);

    private static readonly AclDemand s_readAgent = new(AclResource.Agent, AclAccess.Read, AclName.Node);
    private static readonly AclDemand s_writeAgent = new(AclResource.Agent, AclAccess.Write, AclName.Node);
    private static readonly AclDemand s_readOperator = new(AclResource.Operator, AclAccess.Read, AclName.None);
    private static readonly AclDemand s_writeOperator = new(AclResource.Operator, AclAccess.Write, AclName.None);

    private static readonly Dictionary<string, AclDemand> s_demands = new(StringComparer.Ordinal)
    {
        ["GET /v1/agent/self"] = s_readAgent,
        ["GET /v1/agent/metrics"] = s_readAgent,
        ["GET /v1/agent/monitor"] = s_readAgent,
        ["GET /v1/agent/host"] = s_readOperator,
        ["PUT /v1/agent/reload"] = s_writeAgent,
        ["PUT /v1/agent/join/"] = s_writeAgent,
        ["PUT /v1/agent/leave"] = s_writeAgent,
        ["PUT /v1/agent/force-leave/"] = s_writeOperator,
        ["PUT /v1/agent/token/"] = s_writeAgent,
        ["PUT /v1/agent/maintenance"] = s_itself,
        ["GET /v1/agent/members"] = s_itself,
        ["GET /v1/agent/services"] = s_itself,
        ["GET /v1/agent/service/"] = s_itself,
        ["PUT /v1/agent/service/register"] = s_itself,
        ["PUT /v1/agent/service/deregister/"] = s_itself,
        ["PUT /v1/agent/service/maintenance/"] = s_itself,
        ["GET /v1/agent/checks"] = s_itself,
        ["PUT /v1/agent/check/register"] = s_itself,
        ["PUT /v1/agent/check/deregister/"] = s_itself,
        ["PUT /v1/agent/check/pass/"] = s_itself,
        ["PUT /v1/agent/check/warn/"] = s_itself,
        ["PUT /v1/agent/check/fail/"] = s_itself,
        ["PUT /v1/agent/check/update/"] = s_itself,
        ["GET /v1/agent/health/service/id/"] = s_itself,
        ["GET /v1/agent/health/service/name/"] = new(AclResource.Service, AclAccess.Read, AclName.Tail),

        ["GET /v1/catalog/datacenters"] = s_open,
        ["GET /v1/catalog/nodes"] = s_itself,
        ["GET /v1/catalog/node/"] = s_itself,
        ["GET /v1/catalog/node-services/"] = s_itself,
        ["GET /v1/catalog/services"] = s_itself,
        ["GET /v1/catalog/service/"] = s_itself,
        ["GET /v1/catalog/connect/"] = s_itself,
        ["GET /v1/catalog/gateway-services/"] = new(AclResource.Service, AclAccess.Read, AclName.Tail),
        ["PUT /v1/catalog/register"] = s_itself,
        ["PUT /v1/catalog/deregister"] = s_itself,
        ["GET /v1/health/service/"] = s_itself,
        ["GET /v1/health/connect/"] = s_itself,
        ["GET /v1/health/ingress/"] = s_itself,
        ["GET /v1/health/node/"] = s_itself,
        ["GET /v1/health/checks/"] = s_itself,
        ["GET /v1/health/state/"] = s_itself,
        ["POST /v1/internal/acl/authorize"] = s_open,
        ["GET /v1/internal/ui/services"] = s_itself,
        ["GET /v1/internal/ui/nodes"] = s_itself,
        ["GET /v1/internal/ui/node/"] = s_itself,
        ["GET /v1/internal/ui/gateway-services-nodes/"] = new(AclResource.Service, AclAccess.Read, AclName.Tail),
        ["GET /v1/kv/"] = s_itself,
        ["PUT /v1/kv/"] = s_itself,
        ["DELETE /v1/kv/"] = s_itself,
        ["PUT /v1/txn"] = s_itself,
        ["PUT /v1/session/create"] = s_itself,
        ["PUT /v1/session/destroy/"] = s_itself,
        ["PUT /v1/session/renew/"] = s_itself,
        ["GET /v1/session/info/"] = s_itself,
        ["GET /v1/session/node/"] = s_itself,
        ["GET /v1/session/list"] = s_itself,
        ["GET /v1/status/leader"] = s_open,
        ["GET /v1/status/peers"] = s_open,
        ["GET /v1/coordinate/datacenters"] = s_open,
        ["GET /v1/coordinate/nodes"] = s_itself,
        ["GET /v1/coordinate/node/"] = new(AclResource.Node, AclAccess.Read, AclName.Tail),
        ["PUT /v1/coordinate/update"] = s_itself,
        ["PUT /v1/event/fire/"] = s_itself,
        ["GET /v1/event/list"] = s_itself,

        // What is wrong with the request, and that it is for another datacenter, is told before.
        ["GET /v1/operator/raft/configuration"] = s_itself,
        ["DELETE /v1/operator/raft/peer"] = s_itself,
        ["GET /v1/operator/autopilot/configuration"] = s_itself,
        ["PUT /v1/operator/autopilot/configuration"] = s_itself,
        ["GET /v1/operator/autopilot/health"] = s_itself,
        ["GET /v1/operator/keyring"] = s_itself,
        ["POST /v1/operator/keyring"] = s_itself,
        ["PUT /v1/operator/keyring"] = s_itself,
        ["DELETE /v1/operator/keyring"] = s_itself,
        ["GET /v1/snapshot"] = s_itself,
        ["PUT /v1/snapshot"] = s_itself,

        // Prepared queries and config entries say in body or state what they are about.
        ["GET /v1/query"] = s_itself,
        ["POST /v1/query"] = s_itself,
        ["GET /v1/query/"] = s_itself,
        ["PUT /v1/query/"] = s_itself,
        ["DELETE /v1/query/"] = s_itself,
        ["POST /v1/query/"] = s_open,
        ["PATCH /v1/query/"] = s_open,
        ["OPTIONS /v1/query/"] = s_open,
        ["HEAD /v1/query/"] = s_open,
        ["PUT /v1/config"] = s_itself,
        ["GET /v1/config/"] = s_itself,
        ["DELETE /v1/config/"] = s_itself,

        // Without a mesh nobody may do anything there; who may call whom is asked by who is called.
        ["GET /v1/connect/ca/roots"] = s_open,
        ["GET /v1/connect/ca/configuration"] = s_open,
        ["PUT /v1/connect/ca/configuration"] = s_open,
        ["GET /v1/agent/connect/ca/roots"] = s_open,
        ["GET /v1/agent/connect/ca/leaf/"] = s_open,
        ["POST /v1/agent/connect/authorize"] = s_itself,
        ["GET /v1/discovery-chain/"] = s_open,
        ["POST /v1/discovery-chain/"] = s_open,

        // Who may see or change an intention is decided by its two services.
        ["GET /v1/connect/intentions"] = s_itself,
        ["POST /v1/connect/intentions"] = s_itself,
        ["GET /v1/connect/intentions/match"] = s_itself,
        ["GET /v1/connect/intentions/check"] = s_itself,
        ["GET /v1/connect/intentions/"] = s_itself,
        ["PUT /v1/connect/intentions/"] = s_itself,
        ["DELETE /v1/connect/intentions/"] = s_itself,

        // Bodies and names are looked at before it is decided.
        ["PUT /v1/acl/bootstrap"] = s_open,
        ["GET /v1/acl/replication"] = s_open,
        ["POST /v1/acl/login"] = s_open,
        ["POST /v1/acl/logout"] = s_itself,
        ["GET /v1/acl/tokens"] = s_itself,
        ["PUT /v1/acl/token"] = s_itself,
        ["GET /v1/acl/token/self"] = s_itself,
        ["GET /v1/acl/token/"] = s_itself,
        ["PUT /v1/acl/token/"] = s_itself,
        ["DELETE /v1/acl/token/"] = s_itself,
        ["GET /v1/acl/policies"] = s_itself,
        ["PUT /v1/acl/policy"] = s_itself,
        ["GET /v1/acl/policy/"] = s_itself,
        ["PUT /v1/acl/policy/"] = s_itself,
        ["DELETE /v1/acl/policy/"] = s_itself,
        ["GET /v1/acl/policy/name/"] = s_itself,
        ["GET /v1/acl/roles"] = s_itself,
        ["PUT /v1/acl/role"] = s_itself,
        ["GET /v1/acl/role/"] = s_itself,
        ["PUT /v1/acl/role/"] = s_itself,
        ["DELETE /v1/acl/role/"] = s_itself,
        ["GET /v1/acl/role/name/"] = s_itself,
        ["GET /v1/acl/auth-methods"] = s_itself,
        ["PUT /v1/acl/auth-method"] = s_itself,
        ["GET /v1/acl/auth-method/"] = s_itself,
        ["PUT /v1/acl/auth-method/"] = s_itself,
        ["DELETE /v1/acl/auth-method/"] = s_itself,
        ["GET /v1/acl/binding-rules"] = s_itself,
        ["PUT /v1/acl/binding-rule"] = s_itself,
        ["GET /v1/acl/binding-rule/"] = s_itself,
        ["PUT /v1/acl/binding-rule/"] = s_itself,
        ["DELETE /v1/acl/binding-rule/"] = s_itself,

        // The API of before Consul 1.4. Who knows a secret may read what it may do.
        ["PUT /v1/acl/create"] = s_itself,
        ["PUT /v1/acl/update"] = s_itself,
        ["PUT /v1/acl/destroy/"] = s_itself,
        ["GET /v1/acl/info/"] = s_open,
        ["PUT /v1/acl/clone/"] = s_itself,
        ["GET /v1/acl/list"] = s_itself,
        ["POST /v1/acl/rules/translate"] = s_itself,
        ["GET /v1/acl/rules/translate/"] = s_itself,
    };

    /// <summary>What a route needs.</summary>
    public static AclDemand Of(string method, string path) => s_demands.GetValueOrDefault($"{method} {path}", s_writeOperator);

    /// <summary>Whether it says anything of a route.</summary>
    public static bool Knows(string method, string path) => s_demands.ContainsKey($"{method} {path}");
}
