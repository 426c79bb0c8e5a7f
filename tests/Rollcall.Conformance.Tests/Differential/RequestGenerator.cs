using System.Globalization;
using System.Text.RegularExpressions;

namespace Rollcall.Conformance.Tests.Differential;

/// <summary>Makes sequences of requests that mean something to each other: few names, so that they meet. The same seed gives the same sequence.</summary>
internal sealed partial class RequestGenerator(int seed)
{
    private static readonly string[] s_keys = ["a", "a/b", "a/b/c", "b"];
    private static readonly string[] s_services = ["web", "db"];
    private static readonly string[] s_statuses = ["passing", "warning", "critical"];

    // CA5394 is about secrets: these sequences have to be the same at every run.
#pragma warning disable CA5394
    private readonly Random _random = new(seed);

    // Every sequence has names of its own, so that one does not begin with what another left.
    private readonly string _prefix = string.Create(CultureInfo.InvariantCulture, $"g{seed}");
    private int _sessions;
    private int _queries;
    private int _intentions;

    public List<Step> Sequence(int length) => [.. Enumerable.Range(0, length).Select(_ => Damaged(Next()))];

    /// <summary>Takes away what a sequence may have left.</summary>
    public static IEnumerable<Step> CleanUp(IReadOnlyList<Step> steps)
    {
        for (var i = 0; i < steps.Count(static step => step.Path.StartsWith("/v1/session/create", StringComparison.Ordinal)); i++)
        {
            yield return new Step("PUT", $"/v1/session/destroy/{{s{i}}}");
        }

        for (var i = 0; i < steps.Count(static step => step.Method == "POST" && step.Path.StartsWith("/v1/query", StringComparison.Ordinal)); i++)
        {
            yield return new Step("DELETE", $"/v1/query/{{q{i}}}");
        }

        for (var i = 0; i < steps.Count(static step => step.Method == "POST" && step.Path.StartsWith("/v1/connect/intentions", StringComparison.Ordinal)); i++)
        {
            yield return new Step("DELETE", $"/v1/connect/intentions/{{i{i}}}");
        }

        foreach (var path in steps.Where(static step => step.Body?.StartsWith("{\"Kind\":", StringComparison.Ordinal) == true).Select(static step => step.Body!.Split('"'))
            .Select(static parts => $"/v1/config/{parts[3]}/{parts[7]}").Distinct(StringComparer.Ordinal))
        {
            yield return new Step("DELETE", path);
        }

        foreach (var id in steps.Where(static step => step.Path.StartsWith("/v1/agent/", StringComparison.Ordinal)).SelectMany(static step => LocalId().Matches($"{step.Path} {step.Body}"))
            .Select(static match => match.Value).Distinct(StringComparer.Ordinal))
        {
            yield return new Step("PUT", $"/v1/agent/service/deregister/{id}");
            yield return new Step("PUT", $"/v1/agent/check/deregister/{id}");
        }

        yield return new Step("PUT", "/v1/txn", """[{"KV":{"Verb":"delete-tree","Key":"g"}}]""");
        foreach (var path in steps.Select(static step => step.Body).OfType<string>().Where(static body => body.StartsWith("{\"Node\":\"g", StringComparison.Ordinal))
            .Select(static body => body.Split('"')[3]).Distinct())
        {
            yield return new Step("PUT", "/v1/catalog/deregister", $$"""{"Node":"{{path}}"}""");
        }
    }

    private Step Next() => _random.Next(36) switch
    {
        0 or 1 => new("GET", $"/v1/kv/{Key()}{Pick("", "?recurse", "?keys", "?keys&separator=/", "?raw")}"),
        2 => new("PUT", $"/v1/kv/{Key()}{Pick("", "?flags=3", "?cas=0", $"?cas={{m:{Key()}}}", "?cas=1", "?flags=x")}", Value()),
        3 => new("DELETE", $"/v1/kv/{Key()}{Pick("", "?recurse", "?cas=0", $"?cas={{m:{Key()}}}", "?cas=1")}"),
        4 => CreateSession(),
        5 => new("PUT", $"/v1/kv/{Key()}?acquire={Session()}", Value()),
        6 => new("PUT", $"/v1/kv/{Key()}?release={Session()}", Value()),
        7 => new(Pick("PUT", "GET"), $"/v1/session/{Pick("destroy", "info", "renew")}/{Session()}"),
        8 or 9 => new("PUT", "/v1/txn", $"[{string.Join(',', Enumerable.Range(0, 1 + _random.Next(4)).Select(_ => KvOperation()))}]"),
        10 => Register(),
        11 => new("GET", $"/v1/{Pick("health/service", "catalog/service", "health/checks", "health/connect", "catalog/connect")}/{_prefix}{Pick(s_services)}{Pick("", "?passing", "?tag=t1", "?tag=t1&tag=t2")}"),
        13 => new("PUT", $"/v1/event/fire/{_prefix}{Pick("a", "b")}{Pick("", "?node=no", "?node=x", "?service=web", "?service=consul&tag=t", "?tag=t", "?service=*")}", Pick("", "1")),
        15 => Query("POST", ""),
        16 => Query("PUT", $"/{QueryId()}"),
        17 => new(Pick("GET", "DELETE"), $"/v1/query/{QueryId()}"),
        18 => new("GET", $"/v1/query/{Pick(QueryId(), _prefix + "qa", _prefix + "qb", _prefix + "qbc")}/{Pick("execute", "explain")}"),
        19 => Intention("POST", ""),
        20 => Intention("PUT", $"/{IntentionId()}"),
        21 => new(Pick("GET", "DELETE"), $"/v1/connect/intentions/{IntentionId()}"),
        22 => IntentionRead(),
        23 => new("PUT", $"/v1/config{Pick("", "", "?cas=0", "?cas=1")}", ConfigEntry()),
        24 => new("GET", $"/v1/config/{ConfigKind()}/{Party()}"),
        25 => new("DELETE", $"/v1/config/{ConfigKind()}/{Party()}"),
        26 => new("PUT", "/v1/txn", $"[{string.Join(',', Enumerable.Range(0, 1 + _random.Next(2)).Select(_ => CatalogOperation()))}]"),
        27 => RegisterLocally(),
        28 => new("PUT", $"/v1/agent/check/{Pick("pass", "warn", "fail", "deregister", "update")}/{LocalName()}{Pick("", "?note=n")}", Pick("", $$"""{"Status":"{{Pick("passing", "critical", "nope", "")}}","Output":"o"}""")),
        29 => new("PUT", $"/v1/agent/service/{Pick("maintenance", "maintenance", "deregister")}/{LocalName()}{Pick("", "?enable=true&reason=r", "?enable=false", "?enable=x")}"),
        30 => new("GET", $"/v1/agent/{Pick("service/", "health/service/id/", "health/service/name/")}{LocalName()}{Pick("", "?format=text")}"),
        31 => new("GET", Pick($"/v1/agent/services?filter={Filter()}", $"/v1/agent/checks?filter={Uri.EscapeDataString(Pick("Status != passing", "CheckID matches local0", "Status =="))}")),
        32 => new("GET", $"/v1/{Pick("catalog/nodes", "catalog/services", "health/state/any", "health/state/critical", "health/state/nope")}?node-meta=g:{_prefix}{Options()}"),
        33 => new("GET", $"/v1/{Pick("health/service", "catalog/service", "health/checks", "health/connect")}/{_prefix}{Pick(s_services)}{Pick($"?filter={Filter()}", $"?{Options()}")}"),
        34 => new("GET", $"/v1/{Pick("session/list", "session/node/<node>", $"session/node/{_prefix}n", $"coordinate/node/{_prefix}n", "coordinate/datacenters")}"),
        35 => new("GET", $"/v1/{Pick("operator/autopilot/configuration", "operator/raft/configuration", "status/leader", "status/peers", "catalog/datacenters")}{Pick("", "?dc=dc1", "?dc=nope", "?stale")}"),
        14 => new("GET", $"/v1/event/list?name={_prefix}{Pick("a", "b")}"),
        12 => new("PUT", "/v1/catalog/deregister", $$"""{"Node":"{{_prefix}}n"{{Pick("", $",\"ServiceID\":\"{_prefix}{Pick(s_services)}\"", $",\"CheckID\":\"c{_random.Next(2)}\"")}} }"""),
        _ => new("GET", $"/v1/{Pick("catalog/node", "health/node", "internal/ui/node")}/{_prefix}n"),
    };

    // Own names: the catalog has what the agent has a while later, and what others read must not depend on when.
    private Step RegisterLocally()
    {
        var id = LocalName();
        if (_random.Next(3) == 0)
        {
            var of = Pick("", $",\"ServiceID\":\"{LocalName()}\"");
            return new("PUT", "/v1/agent/check/register", $$"""{"Name":"{{id}}","TTL":"{{Pick("1h", "60m", "x", "")}}"{{of}}{{Pick("", ",\"Status\":\"warning\"", ",\"Status\":\"nope\"", ",\"Notes\":\"n\"")}} }""");
        }

        var tags = Pick("", ",\"Tags\":[]", ",\"Tags\":null", ",\"Tags\":[\"t1\"]");
        var check = Pick("", ",\"Check\":{\"TTL\":\"1h\"}", ",\"Checks\":[{\"TTL\":\"1h\",\"Status\":\"passing\"}]", ",\"Check\":{\"TTL\":3600000000000}", ",\"Check\":{}");
        var rest = Pick("", ",\"Meta\":{\"b\":\"1\"}", ",\"Weights\":{\"Passing\":2}", ",\"EnableTagOverride\":true", ",\"Nope\":1");
        return new("PUT", "/v1/agent/service/register" + Pick("", "", "?replace-existing-checks=true"), $$"""{"Name":"{{id}}","Port":{{Pick("80", "81", "-1", "\"x\"")}}{{tags}}{{check}}{{rest}} }""");
    }

    private string LocalName() => $"{_prefix}local{_random.Next(2)}";

    // Not beside an option that may be at fault itself: the agents look at them in another order. Neither is a name that checks do not have looked for among no checks.
    private string Filter() => Uri.EscapeDataString(Pick(
        "",
        $"Service == \"{_prefix}web\"",
        "Port == 80",
        "Service.Port != 80 or Service.Tags is empty",
        "ServiceTags contains t1",
        "\"t1\" in Tags",
        "Status != passing",
        $"CheckID matches \"^c\"",
        $"not Node == {_prefix}n",
        "Nope == 1",
        "Port == x",
        "Service ==",
        "(Status == passing"));

    private string Options() => Pick("", "", "&near=_agent", $"&near={_prefix}n", "&dc=dc1", "&dc=nope", "&stale", "&consistent", "&stale&consistent", "&node-meta=h:1");

    // One body of some has a place that is no longer what was meant, or ends early. The names stay, which the clean-up looks for; and of two faults each agent may
    // tell another.
    private Step Damaged(Step step)
    {
        if (step.Body is not { Length: > 8 } body || _random.Next(8) != 0)
        {
            return step;
        }

        var at = _random.Next(body.Length);
        if (body.Contains("\"x\"", StringComparison.Ordinal) || step.Path.Contains("cas=", StringComparison.Ordinal) || ToKeep().Matches(body).Any(name => at >= name.Index && at <= name.Index + name.Length))
        {
            return step;
        }

        return step with
        {
            Body = _random.Next(4) switch
            {
                0 => body[..at],
                1 => body.Remove(at, 1),
                2 => body.Insert(at, Pick("{", "}", "[", "]", "\"", ",", ":", "0", "x", "\\")),
                _ => string.Concat(body.AsSpan(0, at), Pick("{", "}", "[", "]", "\"", ",", ":", "null", "1e9", " "), body.AsSpan(at + 1)),
            },
        };
    }

    private Step CreateSession()
    {
        _sessions++;

        // No lock delay, so that the time that passes between two requests does not matter.
        return new("PUT", "/v1/session/create", $$"""{"LockDelay":"0s","Behavior":"{{Pick("release", "delete")}}"{{Pick("", ",\"TTL\":\"1h\"", ",\"NodeChecks\":[]")}} }""");
    }

    private Step Query(string method, string below)
    {
        _queries += method == "POST" ? 1 : 0;
        var name = Pick("", $"\"Name\":\"{_prefix}q{Pick("a", "b")}\",");
        var session = Pick("", "", $"\"Session\":\"{Session()}\",");
        var template = Pick("", "", "\"Template\":{\"Type\":\"name_prefix_match\"},");
        var service = $"\"Service\":\"{Pick(_prefix + Pick(s_services), _prefix + "w${name.suffix}", "")}\"";
        var rest = Pick("", ",\"OnlyPassing\":true", ",\"Tags\":[\"t1\"]", ",\"Tags\":[\"!t2\"]", ",\"IgnoreCheckIDs\":[\"c0\"]", ",\"Connect\":true");
        return new(method, $"/v1/query{below}", $$"""{ {{name}}{{session}}{{template}}"Service":{ {{service}}{{rest}} },"DNS":{"TTL":"{{Pick("", "5s")}}"} }""");
    }

    private string QueryId() => string.Create(CultureInfo.InvariantCulture, $"{{q{_random.Next(_queries + 1)}}}");

    private Step Intention(string method, string below)
    {
        _intentions += method == "POST" ? 1 : 0;
        var source = Pick("", $"\"SourceName\":\"{Party()}\",", $"\"SourceName\":\"{Party()}\",", $"\"SourceNS\":\"{Pick("*", "x", "default")}\",\"SourceName\":\"{Party()}\",");
        var rest = Pick("", "", ",\"Description\":\"d\"", ",\"Meta\":{\"b\":\"1\",\"a\":\"2\"}", ",\"SourceType\":\"x\"", ",\"Precedence\":1");
        return new(method, $"/v1/connect/intentions{below}", $$"""{ {{source}}"DestinationName":"{{Party()}}","Action":"{{Pick("allow", "deny", "allow", "deny", "")}}"{{rest}} }""");
    }

    private Step IntentionRead() => _random.Next(4) switch
    {
        0 => new("GET", "/v1/connect/intentions" + Pick("", "?filter=Action+==+allow", "?filter=Meta+is+not+empty", "?filter=Precedence+!=+9", "?filter=Nope+==+1")),
        1 => new("GET", $"/v1/connect/intentions/match?by={Pick("source", "destination", "")}&name={Party()}{Pick("", $"&name=default/{Party()}", "&name=x/y/z")}"),
        _ => new("GET", $"/v1/connect/intentions/check?source={Pick("", "x/", "default/")}{Party()}&destination={Party()}{Pick("", "", "&source-type=x")}"),
    };

    // Entries that no other entry makes wrong: what they say of each other is not judged by both agents.
    private string ConfigEntry()
    {
        var kind = ConfigKind();
        var fields = kind switch
        {
            "service-defaults" => Pick("", ",\"ExternalSNI\":1.5", ",\"Expose\":{\"Checks\":\"true\",\"Paths\":{\"Path\":\"/x\"}}", ",\"MeshGateway\":[{\"Mode\":\"local\"}]", ",\"Expose\":{\"Nope\":1}"),
            "service-resolver" => Pick(",\"ConnectTimeout\":\"90s\"", "", ",\"Subsets\":{\"v1\":{\"OnlyPassing\":1},\"v0\":null}")
                + Pick("", ",\"DefaultSubset\":\"v1\"") + Pick("", ",\"Failover\":{\"*\":{\"Datacenters\":\"dc2\"} }", ",\"Failover\":{\"v1\":{} }"),
            "ingress-gateway" => $",\"Listeners\":[{{\"Port\":{Pick("1", "\"x\"")},\"Protocol\":\"{Pick("", "TCP", "udp")}\",\"Services\":[{{\"Name\":\"{Pick("", "*", _prefix + "gate")}\"}}]}}]",
            _ => $",\"Services\":[{{\"Name\":\"{Pick("", "*", _prefix + "gate")}\"{Pick("", ",\"ca_file\":\"/ca\"", ",\"KeyFile\":\"/key\"")}}}]",
        };
        return $"{{\"Kind\":\"{kind}\",\"Name\":\"{Party()}\"{fields}{Pick("", ",\"Meta\":{\"b\":2,\"a\":true}", ",\"Nope\":1")} }}";
    }

    private string ConfigKind() => Pick("service-defaults", "service-resolver", "ingress-gateway", "terminating-gateway");

    private string Party() => Pick("*", _prefix + "web", _prefix + "db", _prefix + "Web");

    private string IntentionId() => _random.Next(12) == 0 ? "abc" : string.Create(CultureInfo.InvariantCulture, $"{{i{_random.Next(_intentions + 1)}}}");

    private Step Register()
    {
        var service = _prefix + Pick(s_services);
        var check = $$"""{"CheckID":"c{{_random.Next(2)}}","Name":"c","Status":"{{Pick(s_statuses)}}"{{Pick("", $",\"ServiceID\":\"{service}\"")}} }""";
        var tags = Pick("", "\"t1\"", "\"t1\",\"t2\"");
        var body = $$"""{"Node":"{{_prefix}}n","Address":"10.0.0.{{1 + _random.Next(2)}}","NodeMeta":{"g":"{{_prefix}}"},"Service":{"Service":"{{service}}","Port":{{80 + _random.Next(2)}},"Tags":[{{tags}}]{{Mesh()}} }""";
        return new("PUT", "/v1/catalog/register", body + Pick("", $",\"Check\":{check}") + "}");
    }

    private string Mesh() => Pick(
        "",
        "",
        ",\"Connect\":{\"Native\":true}",
        $",\"Kind\":\"connect-proxy\",\"Proxy\":{{\"DestinationServiceName\":\"{_prefix}{Pick(s_services)}\",\"Config\":{{\"b\":{_random.Next(2)},\"a\":[true]}}}}",
        $",\"Kind\":\"connect-proxy\",\"Proxy\":{{\"destination_service_name\":\"{Pick("", _prefix + "web")}\",\"Upstreams\":[{{\"DestinationName\":\"{Pick("", "x")}\",\"LocalBindPort\":{_random.Next(2)}}}]}}",
        $",\"Kind\":\"{Pick("mesh-gateway", "terminating-gateway", "ingress-gateway", "nope")}\",\"Proxy\":{{\"MeshGateway\":{{\"Mode\":\"{Pick("", "local")}\"}}{Pick("", ",\"LocalServicePort\":1")}}}");

    private string KvOperation()
    {
        var verb = Pick("set", "get", "get-tree", "delete", "delete-tree", "cas", "delete-cas", "lock", "unlock", "check-session", "check-index", "check-not-exists");
        return $$"""{"KV":{"Verb":"{{verb}}","Key":"{{Key()}}","Value":"{{Pick("", "YQ==", "Yg==")}}","Index":{{Pick("0", "1", $"{{m:{Key()}}}")}},"Session":"{{Session()}}"} }""";
    }

    // Nothing that puts anything: clean-up looks for what was registered. Nor "cas": what it answers on a node without one differs by what was there.
    private string CatalogOperation()
    {
        var (verb, node, index) = (Pick("get", "delete", "delete-cas", "delete-cas"), $"{_prefix}{Pick("n", "n", "none")}", Pick("0", "1"));
        return Pick(
            $$"""{"Node":{"Verb":"{{verb}}","Node":{"Node":"{{node}}","ModifyIndex":{{index}}} } }""",
            $$"""{"Service":{"Verb":"{{verb}}","Node":"{{node}}","Service":{"ID":"{{_prefix}}{{Pick(s_services)}}","ModifyIndex":{{index}}} } }""",
            $$"""{"Check":{"Verb":"{{verb}}","Check":{"Node":"{{node}}","CheckID":"c{{_random.Next(2)}}","ModifyIndex":{{index}}} } }""");
    }

    private string Key() => $"{_prefix}/{Pick(s_keys)}";

    private string Value() => Pick("", "1", "2");

    private string Session() => _random.Next(12) == 0 ? Pick("", "abc") : string.Create(CultureInfo.InvariantCulture, $"{{s{_random.Next(_sessions + 1)}}}");

    private T Pick<T>(params T[] choices) => choices[_random.Next(choices.Length)];
#pragma warning restore CA5394

    // What a kind and a node begin with, and every name.
    [GeneratedRegex("^.\"(Kind|Node)\":\"[^\"]*\"(,\"Name\":\"[^\"]*\")?|g[0-9]+[a-z0-9]*")]
    private static partial Regex ToKeep();

    [GeneratedRegex("g[0-9]+local[0-9]")]
    private static partial Regex LocalId();
}
