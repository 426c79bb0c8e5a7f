using System.Globalization;
using System.Text.Json;
using Rollcall.Conformance.Tests.Differential;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Acl;

/// <summary>
/// Makes policies of few rules about few names, tokens with them, and requests under those tokens, so that rules and names meet. The same seed gives the same
/// sequence.
/// </summary>
internal sealed class AclRequestGenerator(int seed)
{
    private const int Tokens = 3;
    private static readonly string[] s_keys = ["", "a", "a/", "a/b", "a/b/c", "ab", "b"];
    private static readonly string[] s_services = ["web", "web-api", "db"];
    private static readonly string[] s_nodes = ["n", "n1"];
    private static readonly string[] s_legacy = ["legacy0", "legacy1"];

    // CA5394 is about secrets: these sequences have to be the same at every run.
#pragma warning disable CA5394
    private readonly Random _random = new(seed);
    private readonly string _prefix = string.Create(CultureInfo.InvariantCulture, $"g{seed}");

    // One for the whole sequence: after a change, Consul leaves the tokens from before it when the method is deleted; the embedded agent takes them along.
    private string? _locality;
    private int _sessions;
    private int _rules;
    private int _logins;

    /// <summary>How many sequences are generated.</summary>
    public static int Sequences { get; } = GeneratedSequences.Count(usual: 20);

    public List<Step> Sequence(int length)
    {
        // Each policy and each service identity belongs to one token. Consul 1.8.7 merges the policies of a token into the first of them that names a thing, and keeps
        // that: the next token with this policy gets what the first one was given.
        List<Step> steps = [];
        var identities = s_services.ToList();
        for (var i = 0; i < Tokens; i++)
        {
            var policy = $"{_prefix}-{i}";
            steps.Add(new("PUT", "/v1/acl/policy", $$"""{"Name":"{{policy}}","Rules":{{JsonSerializer.Serialize(Rules())}} } }""", AclAgents.Master));
            var more = "";
            if (_random.Next(3) == 0)
            {
                steps.Add(new("PUT", "/v1/acl/policy", $$"""{"Name":"{{policy}}-more","Rules":{{JsonSerializer.Serialize(Rules())}} } }""", AclAgents.Master));
                more = $$""",{"Name":"{{policy}}-more"}""";
            }

            var identity = "";
            if (_random.Next(4) == 0 && identities.Count > 0)
            {
                var service = identities[_random.Next(identities.Count)];
                identities.Remove(service);
                identity = $$""","ServiceIdentities":[{"ServiceName":"{{_prefix}}{{service}}"}]""";
            }

            steps.Add(new(
                "PUT", "/v1/acl/token", $$"""{"AccessorID":"{{Secret(i)}}","SecretID":"{{Secret(i)}}","Policies":[{"Name":"{{policy}}"}{{more}}]{{identity}} } }""", AclAgents.Master));
        }

        foreach (var key in s_keys.Skip(1).Where(static key => key[^1] != '/'))
        {
            steps.Add(new("PUT", $"/v1/kv/{_prefix}/{key}", "v", AclAgents.Master));
        }

        foreach (var node in s_nodes)
        {
            steps.Add(new(
                "PUT",
                "/v1/catalog/register",
                $$"""{"Node":"{{_prefix}}{{node}}","Address":"10.0.0.1","Service":{"Service":"{{_prefix}}{{Pick(s_services)}}","Tags":["t"]},"Checks":[{"CheckID":"c0","Name":"c"},{"CheckID":"c1","Name":"c"}]}""",
                AclAgents.Master));
        }

        steps.Add(new("PUT", "/v1/acl/role", $$"""{"Name":"{{_prefix}}role-bob","ServiceIdentities":[{"ServiceName":"{{_prefix}}db"}]}""", AclAgents.Master));
        steps.Add(AuthMethod());
        steps.AddRange(Enumerable.Range(0, length).Select(_ => _random.Next(3) == 0 ? NextOfIdentity() : Next() with { Token = Token() }));
        steps.Add(new("DELETE", $"/v1/acl/auth-method/{_prefix}m", null, AclAgents.Master));
        steps.AddRange(s_legacy.Select(id => new Step("PUT", $"/v1/acl/destroy/{_prefix}{id}", null, AclAgents.Master)));
        steps.Add(new("GET", "/v1/acl/tokens", null, AclAgents.Master));
        steps.AddRange(Enumerable.Range(0, _sessions).Select(static i => new Step("PUT", $"/v1/session/destroy/{{s{i + Tokens}}}", null, AclAgents.Master)));
        steps.Add(new("PUT", "/v1/txn", $$"""[{"KV":{"Verb":"delete-tree","Key":"{{_prefix}}"} }]""", AclAgents.Master));
        steps.AddRange(s_nodes.Select(node => new Step("PUT", "/v1/catalog/deregister", $$"""{"Node":"{{_prefix}}{{node}}"}""", AclAgents.Master)));
        return steps;
    }

    private string Rules()
    {
        var rules = new List<string>();
        for (var i = 0; i < 1 + _random.Next(6); i++)
        {
            rules.Add(_random.Next(8) switch
            {
                0 or 1 or 2 => $"{Pick("key", "key_prefix")} \"{_prefix}/{Pick(s_keys)}\" {{ policy = \"{Pick("read", "write", "deny", "list")}\" }}",
                3 => $"{Pick("service", "service_prefix")} \"{_prefix}{Pick(s_services)}\" {{ policy = \"{Pick("read", "write", "deny")}\" }}",
                4 or 5 => $"{Pick("node", "node_prefix")} \"{_prefix}{Pick(s_nodes)}\" {{ policy = \"{Pick("read", "write", "deny")}\" }}",
                6 => $"{Pick("session", "session_prefix")} \"{_prefix}{Pick(s_nodes)}\" {{ policy = \"{Pick("read", "write", "deny")}\" }}",
                _ => Pick("acl = \"read\"", "operator = \"read\"", "agent_prefix \"\" { policy = \"read\" }", $"event_prefix \"{_prefix}\" {{ policy = \"write\" }}"),
            });
        }

        return string.Join('\n', rules);
    }

    private Step Next() => _random.Next(16) switch
    {
        0 or 1 => new("GET", $"/v1/kv/{Key()}{Pick("", "?recurse", "?keys", "?keys&separator=/", "?raw")}"),
        2 => new("PUT", $"/v1/kv/{Key()}{Pick("", "?flags=3", "?cas=0")}", "w"),
        3 => new("DELETE", $"/v1/kv/{Key()}{Pick("?cas=1", "?recurse", "")}"),
        4 or 5 => new("PUT", "/v1/txn", $"[{string.Join(',', Enumerable.Range(0, 1 + _random.Next(3)).Select(_ => Operation()))}]"),
        6 => new("GET", $"/v1/{Pick("health/service", "catalog/service", "health/checks")}/{_prefix}{Pick(s_services)}"),
        7 => new("GET", $"/v1/{Pick("catalog/node", "health/node", "catalog/node-services")}/{_prefix}{Pick(s_nodes)}"),
        8 => new("GET", $"/v1/{Pick("catalog/nodes", "health/state/critical")}?filter={Uri.EscapeDataString($"Node matches \"^{_prefix}n\"")}"),
        9 or 10 => Register(),
        11 => new("PUT", "/v1/catalog/deregister", $$"""{"Node":"{{_prefix}}{{Pick(s_nodes)}}"{{Pick("", $",\"ServiceID\":\"{_prefix}{Pick(s_services)}\"", $",\"CheckID\":\"c{_random.Next(2)}\"")}} }"""),
        12 => CreateSession(),
        13 => new(Pick("PUT", "GET"), $"/v1/session/{Pick("info", "renew")}/{{s{Tokens + _random.Next(_sessions + 1)}}}"),
        14 => new("GET", $"/v1/session/node/{_prefix}{Pick(s_nodes)}"),
        _ => new("GET", Pick("/v1/acl/policies", $"/v1/acl/policy/name/{_prefix}-0", "/v1/acl/token/self", "/v1/operator/autopilot/configuration", "/v1/event/list?name=none")),
    };

    // Auth methods, binding rules, those who log in, and tokens of before Consul 1.4.
    private Step NextOfIdentity() => _random.Next(16) switch
    {
        0 => AuthMethod(),
        1 => new("DELETE", $"/v1/acl/auth-method/{_prefix}m", null, Administrator()),
        2 => new("GET", $"/v1/acl/auth-method/{_prefix}{Pick("m", "M", "x")}", null, Administrator()),
        3 or 4 => BindingRule("PUT", ""),
        5 => BindingRule("PUT", $"/{RuleId()}"),
        6 => new(Pick("GET", "DELETE"), $"/v1/acl/binding-rule/{RuleId()}", null, Administrator()),
        7 => new("GET", $"/v1/acl/binding-rules?authmethod={_prefix}{Pick("m", "M", "x")}", null, Administrator()),
        8 or 9 or 10 => Login(),
        11 => new("GET", Pick("/v1/acl/token/self", $"/v1/kv/{Key()}", $"/v1/health/service/{_prefix}{Pick(s_services)}"), null, LoggedIn()),
        12 => new("POST", "/v1/acl/logout", null, LoggedIn()),
        13 => new("GET", $"/v1/acl/tokens?authmethod={_prefix}{Pick("m", "M")}", null, AclAgents.Master),
        14 => new(
            "PUT", $"/v1/acl/{Pick("create", "update")}", $$"""{"ID":"{{_prefix}}{{Pick(s_legacy)}}","Name":"{{Pick("a", "b")}}","Rules":{{JsonSerializer.Serialize(LegacyRules())}} }""", Administrator()),
        _ => Legacy(),
    };

    private Step AuthMethod()
    {
        _locality ??= Pick("", ",\"TokenLocality\":\"global\"");
        var more = Pick("", ",\"MaxTokenTTL\":\"5m\"", ",\"Description\":\"d\"") + _locality;
        var config = $$"""{"JWTValidationPubKeys":[{{JsonSerializer.Serialize(SignedToken.PublicKey)}}],"ClaimMappings":{"name":"name"},"ListClaimMappings":{"groups":"groups"} }""";
        return new("PUT", "/v1/acl/auth-method", $$"""{"Name":"{{_prefix}}m","Type":"{{Pick("jwt", "jwt", "jwt", "kubernetes")}}","Config":{{config}}{{more}} }""", AclAgents.Master);
    }

    private Step BindingRule(string method, string below)
    {
        _rules += below.Length == 0 ? 1 : 0;
        var selector = Pick("", "", "value.name == bob", "value.name != bob", "value.name matches \\\"^b\\\"", "x in list.groups", "x not in list.groups", "list.groups is empty", "name in value", "value.nope == 1", "nope == 1");
        // No name that is wrong only for some of those who log in: of two such faults either agent tells another.
        var name = Pick($"{_prefix}web", $"{_prefix}role-${{value.name}}", $"{_prefix}role-bob", $"{_prefix}x${{value.name}}", "a-${value.nope}", "${value.name}-");
        return new(
            method,
            $"/v1/acl/binding-rule{below}",
            $$"""{"AuthMethod":"{{_prefix}}{{Pick("m", "m", "m", "x")}}","BindType":"{{Pick("role", "service", "node", "nope")}}","BindName":"{{name}}","Selector":"{{selector}}"}""",
            Administrator());
    }

    private Step Login()
    {
        _logins++;
        var name = Pick(",\"name\":\"bob\"", ",\"name\":\"Bob\"", ",\"name\":\"eve\"", "", ",\"name\":[\"x\"]");
        var groups = Pick("", ",\"groups\":[\"x\",\"y\"]", ",\"groups\":\"x\"", ",\"groups\":[]");
        return AclComparison.Login($"{_prefix}{Pick("m", "M", "m", "x")}", $"{{\"iat\":1700000000,\"exp\":{Pick("4100000000", "4100000000", "4100000000", "1700000000")}{name}{groups}}}", Pick(null, "nobody"));
    }

    private Step Legacy()
    {
        var id = _prefix + Pick(s_legacy);
        return _random.Next(4) switch
        {
            0 => new("PUT", $"/v1/acl/destroy/{id}", null, Administrator()),
            1 => new("GET", $"/v1/acl/info/{id}", null, Token()),
            2 => new(Pick("GET", "PUT"), $"/v1/kv/{Key()}", "v", id),
            _ => new("GET", $"/v1/health/service/{_prefix}{Pick(s_services)}", null, id),
        };
    }

    private string LegacyRules() => string.Join(' ', Enumerable.Range(0, _random.Next(3)).Select(_ => _random.Next(3) == 0
        ? $"service \"{_prefix}{Pick(s_services)}\" {{ policy = \"{Pick("read", "write", "deny")}\" }}"
        : $"{Pick("key", "key", "key_prefix")} \"{_prefix}/{Pick(s_keys)}\" {{ policy = \"{Pick("read", "write", "deny", "nope")}\" }}"));

    private string RuleId() => string.Create(CultureInfo.InvariantCulture, $"{{b{_random.Next(_rules + 1)}}}");

    private string LoggedIn() => string.Create(CultureInfo.InvariantCulture, $"{{l{_random.Next(_logins + 1)}}}");

    private string? Administrator() => _random.Next(8) == 0 ? Token() : AclAgents.Master;

    private Step CreateSession()
    {
        _sessions++;
        return new("PUT", "/v1/session/create", $$"""{"LockDelay":"0s","Node":"{{_prefix}}{{Pick(s_nodes)}}","NodeChecks":[]}""");
    }

    private Step Register()
    {
        var service = Pick("", $$""","Service":{"Service":"{{_prefix}}{{Pick(s_services)}}","Tags":["t"]}""");
        var check = Pick("", $$""","Check":{"CheckID":"c{{_random.Next(2)}}","Name":"c","Status":"critical"}""");
        return new("PUT", "/v1/catalog/register", $$"""{"Node":"{{_prefix}}{{Pick(s_nodes)}}","Address":"10.0.0.{{1 + (_random.Next(4) / 3)}}"{{service}}{{check}} } }""");
    }

    private string Operation() => _random.Next(5) switch
    {
        0 => $$"""{"Node":{"Verb":"{{Pick("get", "set", "delete")}}","Node":{"Node":"{{_prefix}}{{Pick(s_nodes)}}","Address":"10.0.0.1"} } }""",
        1 => $$"""{"Service":{"Verb":"{{Pick("get", "set", "delete")}}","Node":"{{_prefix}}{{Pick(s_nodes)}}","Service":{"ID":"{{_prefix}}web","Service":"{{_prefix}}web","Tags":["t"]} } }""",
        _ => $$"""{"KV":{"Verb":"{{Pick("set", "get", "get-tree", "delete", "delete-tree", "cas", "delete-cas", "check-index", "check-not-exists")}}","Key":"{{Key()}}","Value":"YQ==","Index":0} }""",
    };

    private string Key() => $"{_prefix}/{Pick(s_keys)}";

    private string? Token() => _random.Next(12) switch { 0 => null, 1 => "no such token", var other => Secret(other % Tokens) };

    // Of the seed, so that both agents have the same.
    private string Secret(int i) => string.Create(CultureInfo.InvariantCulture, $"bbbbbbbb-0000-0000-{seed % 10000:d4}-{seed * 10 + i:d12}");

    private T Pick<T>(params T[] choices) => choices[_random.Next(choices.Length)];
#pragma warning restore CA5394
}
