namespace Rollcall.Conformance.Tests.Http;

/// <summary>Answers read off Consul 1.8.7. Expects the service <c>ill</c> (critical), <c>weak</c> (warning) and the key <c>k</c>.</summary>
internal static class AnswerTable
{
    internal const string Register = "PUT /v1/agent/service/register";
    internal const string RegisterCheck = "PUT /v1/agent/check/register";

    internal static readonly IReadOnlyList<AnswerRow> Rows =
    [
        // Registering a service.
        new("register: interval of years", Register, """{"Name":"patient","Check":{"TTL":"20000h"}}""", 200, ""),
        new("register: broken JSON", Register, "{bad", 400,
            "Request decode failed: invalid character 'b' looking for beginning of object key string"),
        new("register: empty body", Register, "", 400, "Request decode failed: EOF"),
        new("register: no name", Register, "{}", 400, "Missing service name"),
        new("register: unknown field", Register, """{"Name":"a","Bogus":1}""", 400, "Request decode failed: json: unknown field \"Bogus\""),
        new("register: text for a number", Register, """{"Name":"a","Port":"80"}""", 400,
            "Request decode failed: json: cannot unmarshal string into Go struct field .Port of type int"),
        new("register: bad duration", Register, """{"Name":"a","Check":{"TTL":"abc"}}""", 400,
            "Request decode failed: time: invalid duration \"abc\""),
        new("register: HTTP check without interval", Register, """{"Name":"a","Check":{"TTL":"10s","HTTP":"http://127.0.0.1:1/"}}""", 400,
            "Invalid check: Interval must be > 0 for Script, HTTP, or TCP checks"),
        new("register: empty check", Register, """{"Name":"nocheck","Check":{}}""", 200, ""),
        new("register: no address of the family", Register, """{"Name":"a","TaggedAddresses":{"wan_ipv6":{"Address":"x"},"lan_ipv6":{"Address":"::ffff:10.0.0.1"}}}""", 500,
            "Service tagged address \"lan_ipv6\" must be a valid ipv6 address"),
        new("register: host for an address of a family", Register, """{"Name":"a","TaggedAddresses":{"wan_ipv4":{"Address":"host"},"lan_ipv6":{"Address":"x"}},"Check":{"Args":["x"],"Interval":"1s"}}""", 500,
            "Service tagged address \"wan_ipv4\" must be a valid ipv4 address"),
        new("register: address of the other family for other datacenters", Register, """{"Name":"six4","TaggedAddresses":{"wan_ipv6":{"Address":"10.0.0.1"}}}""", 200, ""),
        new("register: host for other datacenters", Register, """{"Name":"sixhost","TaggedAddresses":{"wan_ipv6":{"Address":"x"}}}""", 200, ""),
        new("register: nothing for other datacenters", Register, """{"Name":"sixnone","TaggedAddresses":{"wan_ipv6":{"Address":""}}}""", 200, ""),
        new("register: mapped address for other datacenters", Register, """{"Name":"sixmapped","TaggedAddresses":{"wan_ipv6":{"Address":"::ffff:10.0.0.1"}}}""", 200, ""),
        new("register: addresses of both families", Register, """{"Name":"both","TaggedAddresses":{"lan":{"Address":"host"},"wan_ipv4":{"Address":"::ffff:10.0.0.1"},"lan_ipv6":{"Address":"fd00::1"}}}""", 200, ""),
        new("register: wrong method", "GET /v1/agent/service/register", null, 405, "method GET not allowed") { Header = "Allow: OPTIONS,PUT" },
        new("deregister: unknown id", "PUT /v1/agent/service/deregister/nope", null, 200, ""),
        new("deregister: no id", "PUT /v1/agent/service/deregister/", null, 500, "ServiceID missing"),

        // Checks.
        new("pass: unknown check", "PUT /v1/agent/check/pass/nope", null, 500, "CheckID \"nope\" does not have associated TTL"),
        new("warn: unknown check", "PUT /v1/agent/check/warn/nope", null, 500, "CheckID \"nope\" does not have associated TTL"),
        new("fail: unknown check", "PUT /v1/agent/check/fail/nope", null, 500, "CheckID \"nope\" does not have associated TTL"),
        new("update: unknown check", "PUT /v1/agent/check/update/nope", """{"Status":"passing"}""", 500,
            "CheckID \"nope\" does not have associated TTL"),
        new("update: bad status", "PUT /v1/agent/check/update/service:ill", """{"Status":"bogus"}""", 400, "Invalid check status: 'bogus'"),
        new("check deregister: unknown", "PUT /v1/agent/check/deregister/nope", null, 200, ""),
        new("check register: unknown service", RegisterCheck, """{"Name":"x","TTL":"10s","ServiceID":"nosuch"}""", 500,
            "ServiceID \"nosuch\" does not exist"),
        new("check register: id under the name that services use", RegisterCheck, """{"Name":"x","CheckID":"x","TTL":"10s"}""", 400,
            "Request decode failed: json: unknown field \"CheckID\""),
        new("register: check id under the name that single checks use", Register, """{"Name":"a","Check":{"ID":"x","TTL":"10s"}}""", 400,
            "Request decode failed: json: unknown field \"ID\""),
        new("check register: less than no output", RegisterCheck, """{"Name":"x","TTL":"10s","OutputMaxSize":-1}""", 400, "Invalid check: MaxOutputMaxSize must be positive"),
        new("check register: alias with less than no output", RegisterCheck, """{"Name":"x","AliasService":"ill","OutputMaxSize":-1}""", 400,
            "Invalid check: MaxOutputMaxSize must be positive"),
        new("register: check with less than no output", Register, """{"Name":"a","Check":{"TTL":"10s","OutputMaxSize":-1}}""", 400,
            "Invalid check: MaxOutputMaxSize must be positive"),
        new("check register: no name", RegisterCheck, """{"TTL":"10s"}""", 400, "Missing check name"),

        // Reading the agent.
        new("agent/service: unknown", "GET /v1/agent/service/nope", null, 404, "unknown service ID: nope"),
        new("agent/health by name: unknown", "GET /v1/agent/health/service/name/nope", null, 404, "[]")
        {
            Header = "X-Consul-Reason: ServiceName nope Not Found",
        },
        new("agent/health by name: unknown, as text", "GET /v1/agent/health/service/name/nope?format=text", null, 404,
            "ServiceName nope Not Found", "text/plain"),
        new("agent/health by id: unknown", "GET /v1/agent/health/service/id/nope", null, 404,
            """{"AggregatedStatus":"critical","Service":null,"Checks":null}""") { Header = "X-Consul-Reason: ServiceId nope not found" },
        new("agent/health by name: critical, as text", "GET /v1/agent/health/service/name/ill?format=text", null, 503, "critical", "text/plain")
        {
            Header = "X-Consul-Reason: critical",
        },
        new("agent/health by id: warning, as text", "GET /v1/agent/health/service/id/weak?format=text", null, 429, "warning", "text/plain"),
        new("agent/services: HEAD", "HEAD /v1/agent/services", null, 405, "") { Header = "Allow: OPTIONS,GET" },
        new("agent/services: DELETE", "DELETE /v1/agent/services", null, 405, "method DELETE not allowed"),
        new("agent/services: OPTIONS", "OPTIONS /v1/agent/services", null, 200, "") { Header = "Allow: OPTIONS,GET" },

        // Maintenance.
        new("service maintenance: no enable", "PUT /v1/agent/service/maintenance/ill", null, 400, "Missing value for enable"),
        new("service maintenance: unknown id", "PUT /v1/agent/service/maintenance/nope?enable=true", null, 404,
            "No service registered with ID \"nope\""),
        new("node maintenance: no enable", "PUT /v1/agent/maintenance", null, 400, "Missing value for enable"),
        new("node maintenance: bad enable", "PUT /v1/agent/maintenance?enable=maybe", null, 400, "Invalid value for enable: \"maybe\""),

        // Transactions, and the same by itself.
        new("txn: service's port of another type", "PUT /v1/txn", """[{"Service":{"Verb":"set","Node":"node1","Service":{"Service":"s","Port":"x"}}}]""", 400,
            "Failed to parse body: json: cannot unmarshal string into Go struct field AgentService.Service.Service.Port of type int"),
        new("txn: service's kind of another type", "PUT /v1/txn", """[{"Service":{"Verb":"set","Node":"node1","Service":{"Service":"s","Kind":5}}}]""", 400,
            "Failed to parse body: json: cannot unmarshal number into Go struct field AgentService.Service.Service.Kind of type api.ServiceKind"),
        new("txn: service's weights of another type", "PUT /v1/txn", """[{"Service":{"Verb":"set","Node":"node1","Service":{"Service":"s","Weights":{"Passing":"x"}}}}]""", 400,
            "Failed to parse body: json: cannot unmarshal string into Go struct field AgentWeights.Service.Service.Weights.Passing of type int"),
        new("txn: service's addresses of another type", "PUT /v1/txn", """[{"Service":{"Verb":"set","Node":"node1","Service":{"Service":"s","TaggedAddresses":5}}}]""", 400,
            "Failed to parse body: json: cannot unmarshal number into Go struct field AgentService.Service.Service.TaggedAddresses of type map[string]api.ServiceAddress"),
        new("txn: service's index of another type", "PUT /v1/txn", """[{"Service":{"Verb":"set","Node":"node1","Service":{"Service":"s","CreateIndex":"x"}}}]""", 400,
            "Failed to parse body: json: cannot unmarshal string into Go struct field AgentService.Service.Service.CreateIndex of type uint64"),
        new("txn: service's field of files", "PUT /v1/txn", """[{"Service":{"Verb":"set","Node":"node1","Service":{"Service":"s","tagged_addresses":{}}}}]""", 400,
            "Failed to parse body: json: unknown field \"tagged_addresses\""),
        new("txn: no service", "PUT /v1/txn", """[{"Service":{"Service":5}}]""", 400,
            "Failed to parse body: json: cannot unmarshal number into Go struct field ServiceTxnOp.Service.Service of type api.AgentService"),
        new("txn: verb of another type", "PUT /v1/txn", """[{"Check":{"Verb":5}}]""", 400,
            "Failed to parse body: json: cannot unmarshal number into Go struct field CheckTxnOp.Check.Verb of type api.CheckOp"),
        new("txn: check's tags of another type", "PUT /v1/txn", """[{"Check":{"Verb":"set","Check":{"Node":"node1","CheckID":"c","ServiceTags":5}}}]""", 400,
            "Failed to parse body: json: cannot unmarshal number into Go struct field HealthCheck.Check.Check.ServiceTags of type []string"),
        new("txn: node's datacenter of another type", "PUT /v1/txn", """[{"Node":{"Verb":"set","Node":{"Node":"n","Address":"10.0.0.1","Datacenter":5}}}]""", 400,
            "Failed to parse body: json: cannot unmarshal number into Go struct field Node.Node.Node.Datacenter of type string"),
        new("catalog register: kind of another type", "PUT /v1/catalog/register", """{"Node":"q","Address":"10.0.0.1","Service":{"Service":"s","Kind":5}}""", 400,
            "Request decode failed: json: cannot unmarshal number into Go struct field NodeService.Service.Kind of type structs.ServiceKind"),
        new("catalog register: field of files", "PUT /v1/catalog/register", """{"Node":"q","Address":"10.0.0.1","Service":{"Service":"s","enable_tag_override":true}}""", 400,
            "Request decode failed: json: unknown field \"enable_tag_override\""),
        new("catalog register: namespace of a check", "PUT /v1/catalog/register", """{"Node":"q","Address":"10.0.0.1","Check":{"Name":"c","Namespace":"x"}}""", 400,
            "Request decode failed: json: unknown field \"Namespace\" - Namespaces are a Consul Enterprise feature"),

        // Sessions.
        new("session: behavior of another type", "PUT /v1/session/create", """{"Behavior":5}""", 400,
            "Request decode failed: json: cannot unmarshal number into Go struct field .Behavior of type structs.SessionBehavior"),
        new("session: id of another type", "PUT /v1/session/create", """{"ID":5}""", 400, "Request decode failed: json: cannot unmarshal number into Go struct field .ID of type string"),
        new("session: index of another type", "PUT /v1/session/create", """{"CreateIndex":"x"}""", 400,
            "Request decode failed: json: cannot unmarshal string into Go struct field .CreateIndex of type uint64"),

        // Health and catalog.
        new("health/service: unknown", "GET /v1/health/service/nope", null, 200, "[]"),
        new("health/service: none passing", "GET /v1/health/service/ill?passing", null, 200, "[]"),
        new("health/service: no name", "GET /v1/health/service/", null, 400, "Missing service name"),
        new("health/node: unknown", "GET /v1/health/node/nope", null, 200, "[]"),
        new("health/checks: unknown", "GET /v1/health/checks/nope", null, 200, "[]"),
        new("health/state: unknown", "GET /v1/health/state/bogus", null, 200, "[]"),
        new("catalog/service: unknown", "GET /v1/catalog/service/nope", null, 200, "[]"),
        new("catalog/service: no name", "GET /v1/catalog/service/", null, 400, "Missing service name"),
        new("catalog/node: unknown", "GET /v1/catalog/node/nope", null, 200, "null"),
        new("catalog/datacenters", "GET /v1/catalog/datacenters", null, 200, """["dc1"]"""),
        new("health/service: unknown datacenter", "GET /v1/health/service/ill?dc=nope", null, 500, "No path to datacenter"),
        new("health/service: stale and consistent", "GET /v1/health/service/ill?stale&consistent", null, 400,
            "Cannot specify ?stale with ?consistent, conflicting semantics."),

        new("health/service: empty tag, which no instance has", "GET /v1/health/service/ill?tag=", null, 200, "[]"),
        new("catalog/service: empty tag, which no instance has", "GET /v1/catalog/service/ill?tag=", null, 200, "[]"),
        new("health/service: namespace", "GET /v1/health/service/ill?ns=team", null, 400,
            "Bad request: Invalid query parameter: \"ns\" - Namespaces are a Consul Enterprise feature"),
        new("kv: namespace", "PUT /v1/kv/k?ns=team", "x", 400,
            "Bad request: Invalid query parameter: \"ns\" - Namespaces are a Consul Enterprise feature"),

        // Waiting.
        new("wait: no duration", "GET /v1/kv/k?wait=abc", null, 400, "Invalid wait time"),
        new("wait: no unit", "GET /v1/kv/k?index=1&wait=10", null, 400, "Invalid wait time"),
        new("wait: no such unit", "GET /v1/health/service/ill?wait=1x", null, 400, "Invalid wait time"),
        new("index: no number", "GET /v1/kv/k?index=abc", null, 400, "Invalid index"),
        new("index: negative", "GET /v1/catalog/services?index=-1", null, 400, "Invalid index"),

        // Keys and values.
        new("kv: missing key", "GET /v1/kv/none", null, 404, ""),
        new("kv: missing prefix", "GET /v1/kv/none?recurse", null, 404, ""),
        new("kv: no keys", "GET /v1/kv/none?keys", null, 404, ""),
        new("kv: delete missing", "DELETE /v1/kv/none", null, 200, "true"),
        new("kv: read without key", "GET /v1/kv/", null, 400, "Missing key name"),
        new("kv: write without key", "PUT /v1/kv/", "x", 400, "Missing key name"),
        new("kv: delete without key", "DELETE /v1/kv/", null, 400, "Missing key name"),
        new("kv: check-and-set on another index", "PUT /v1/kv/k?cas=1", "x", 200, "false"),
        new("kv: check-and-set for a new key on an old one", "PUT /v1/kv/k?cas=0", "x", 200, "false"),
        new("kv: check-and-delete on another index", "DELETE /v1/kv/k?cas=1", null, 200, "false"),
        new("kv: cas no number", "PUT /v1/kv/k?cas=abc", "x", 500, "strconv.ParseUint: parsing \"abc\": invalid syntax"),
        new("kv: flags no number", "PUT /v1/kv/k?flags=abc", "x", 500, "strconv.ParseUint: parsing \"abc\": invalid syntax"),
        new("kv: unknown datacenter", "GET /v1/kv/k?dc=nope", null, 500, "No path to datacenter"),
        new("kv: stale and consistent", "GET /v1/kv/k?stale&consistent", null, 400,
            "Cannot specify ?stale with ?consistent, conflicting semantics."),
        new("kv: parameters after a semicolon", "GET /v1/kv/k?x=1;raw", null, 200, "v", "text/plain"),
        new("kv: POST", "POST /v1/kv/k", "x", 405, "method POST not allowed") { Header = "Allow: OPTIONS,GET,PUT,DELETE" },
    ];
}
