using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Rollcall.Consul.Wire;

namespace Rollcall.Conformance.Tests.Differential;

/// <summary>
/// Sends a sequence of requests to one agent and writes down its answers in a form that two agents have to share: ids by the order in which they
/// appeared, indexes by rank, the node by one name.
/// </summary>
internal sealed partial class Replay(TestedAgent agent, string node)
{
    // What is made by a request, the letter of its placeholders, and where the answer has its id.
    private static readonly (char Letter, string Method, string Path, string Id)[] s_creating =
    [
        ('s', "PUT", "/v1/session/create", "ID"),
        ('s', "PUT", "/v1/acl/policy", "ID"),
        ('s', "PUT", "/v1/acl/role", "ID"),
        ('q', "POST", "/v1/query", "ID"),
        ('i', "POST", "/v1/connect/intentions", "ID"),
        ('b', "PUT", "/v1/acl/binding-rule", "ID"),
        ('c', "PUT", "/v1/acl/create", "ID"),
        ('c', "PUT", "/v1/acl/clone", "ID"),
        ('l', "POST", "/v1/acl/login", "SecretID"),
    ];

    private readonly List<string> _ids = [];

    // Ids in the order in which things were created, which is that of the placeholders.
    private readonly Dictionary<char, List<string>> _created = s_creating.Select(static what => what.Letter).Distinct().ToDictionary(static letter => letter, static _ => new List<string>());

    /// <summary>The answers, a text for each step.</summary>
    public async Task<List<string>> RunAsync(IEnumerable<Step> steps)
    {
        var answers = new List<string>();
        foreach (var step in steps)
        {
            var path = await FillAsync(step.Path);
            var answer = await agent.SendAsync(step.Method, path, step.Body is null ? null : await FillAsync(step.Body), step.Token is null ? [] : [(ConsulHeaders.Token, await FillAsync(step.Token))]);
            if (answer.Status == 200
                && Array.Find(s_creating, what => what.Method == step.Method && path.StartsWith(what.Path, StringComparison.Ordinal)) is { Path: not null } made)
            {
                _created[made.Letter].Add(answer.Json![made.Id]!.GetValue<string>());
            }

            answers.Add(Describe(answer, areTagsLoose: IsLooseAboutTags(path)));
        }

        return answers;
    }

    // Where lists of tags that were given empty are shown as if they were not given.
    private static bool IsLooseAboutTags(string path) => path.StartsWith("/v1/txn", StringComparison.Ordinal) || path.StartsWith("/v1/query", StringComparison.Ordinal);

    private string Describe(Answer answer, bool areTagsLoose)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{answer.Status} {answer.Header("Content-Type")}");
        foreach (var name in new[] { "Allow", "X-Consul-Reason", "X-Consul-Knownleader", "X-Consul-Effective-Consistency" })
        {
            if (answer.Headers.TryGetValue(name, out var value))
            {
                text.Append(CultureInfo.InvariantCulture, $" {name}={value}");
            }
        }

        text.Append(answer.Headers.ContainsKey(ConsulHeaders.Index) ? " indexed " : " ");
        if (answer.Header("Content-Type") == "application/json")
        {
            var json = JsonNode.Parse(answer.Text);
            text.Append(Normalize(json, areTagsLoose)?.ToJsonString() ?? "null");
        }
        else
        {
            text.Append(IndexInText().Replace(answer.Text, "index #"));
        }

        return Uuid().Replace(OwnAddress().Replace(text.ToString(), "<address>"), match => Alias(match.Value)).Replace(node, "<node>", StringComparison.Ordinal);
    }

    // Lists come in the order of ids, which each agent makes up; what was created is compared in the order of creation.
    private static JsonNode? Normalize(JsonNode? value, bool areTagsLoose)
    {
        switch (value)
        {
            case JsonArray array:
                var items = array.Select(static item => item?.DeepClone()).ToList();
                if (items.Count > 1 && items.TrueForAll(static item => item is JsonObject o && (o.ContainsKey("LockDelay") || o.ContainsKey("Template") || o.ContainsKey("BindType") || IsLegacy(o) || (o.ContainsKey("Hash") && !o.ContainsKey("Precedence")))))
                {
                    items = [.. items.OrderBy(static item => item!["CreateIndex"]!.GetValue<ulong>())];
                }

                // As Consul's agent finds the checks of a service of its own.
                if (items.Count > 1 && items.TrueForAll(static item => item is JsonObject o && o.ContainsKey("CheckID") && o.ContainsKey("Type") && o["CreateIndex"]?.ToJsonString() == "0"))
                {
                    items = [.. items.OrderBy(static item => item!["CheckID"]!.GetValue<string>(), StringComparer.Ordinal)];
                }

                // Instances of a prepared query are in random order.
                if (items.Count > 1 && items.TrueForAll(static item => item is JsonObject o && o.ContainsKey("Checks") && o["Node"] is JsonObject))
                {
                    items = [.. items.OrderBy(static item => $"{item!["Node"]!["Node"]} {item["Service"]!["ID"]}", StringComparer.Ordinal)];
                }

                return new JsonArray([.. items.Select(item => Normalize(item, areTagsLoose))]);
            case JsonObject pairs:
                var result = new JsonObject();
                foreach (var (name, member) in pairs)
                {
                    // Created and modified at the same time, or not: the numbers themselves are each agent's own.
                    result.Add(name, name switch
                    {
                        // Ports are the agents' own, too.
                        "port" or "wan_join_port" => "#",
                        "Port" when pairs.ContainsKey("ProtocolMin") || pairs["Service"]?.ToJsonString() == "\"consul\"" => "#",
                        "Tags" or "ServiceTags" when areTagsLoose => Normalize(member ?? new JsonArray(), areTagsLoose),
                        "CreateTime" or "ExpirationTime" or "CreatedAt" or "Hash" or "ContentHash" => "#",
                        "UpdatedAt" => pairs["CreatedAt"]?.ToJsonString() == member?.ToJsonString() ? "created" : "modified",
                        "CreateIndex" or "LastIndex" or "StableSince" => "#",
                        // Consul gives tokens of this form an accessor after a while, which changes them.
                        "ModifyIndex" when IsLegacy(pairs) => "#",
                        // On a busy machine Consul makes its own policy and tokens twice, and the second time changes them.
                        "ModifyIndex" when IsMadeAtStart(pairs) => "#",
                        "ModifyIndex" => pairs["CreateIndex"]?.ToJsonString() == member?.ToJsonString() ? "created" : "modified",
                        _ => Normalize(member, areTagsLoose),
                    });
                }

                return result;
            default:
                return value is JsonValue text && text.TryGetValue<string>(out var words) ? JsonValue.Create(IndexInText().Replace(words, "index #")) : value?.DeepClone();
        }
    }

    private static bool IsLegacy(JsonObject token) => token.ContainsKey("Rules") && token.ContainsKey("Type");

    private static bool IsMadeAtStart(JsonObject made) =>
        made["ID"]?.ToJsonString() == "\"00000000-0000-0000-0000-000000000001\""
        || made["AccessorID"]?.ToJsonString() == "\"00000000-0000-0000-0000-000000000002\""
        || made["Description"]?.ToJsonString() == "\"Master Token\"";

    private string Alias(string id)
    {
        // Consul shows ids of links as they were written.
        id = id.ToLowerInvariant();
        var at = _ids.IndexOf(id);
        if (at < 0)
        {
            at = _ids.Count;
            _ids.Add(id);
        }

        return string.Create(CultureInfo.InvariantCulture, $"<id{at}>");
    }

    private async Task<string> FillAsync(string text)
    {
        text = Created().Replace(text, match =>
        {
            var at = int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture);
            var letter = match.Groups[1].ValueSpan[0];
            var ids = _created[char.ToLowerInvariant(letter)];
            return at >= ids.Count ? "00000000-0000-0000-0000-000000000000" : char.IsUpper(letter) ? ids[at].ToUpperInvariant() : ids[at];
        });
        foreach (var key in Modified().Matches(text).Select(static match => match.Groups[1].Value).Distinct().ToList())
        {
            var answer = await agent.GetAsync("/v1/kv/" + key);
            var index = answer.Status == 200 ? answer.Json![0]!["ModifyIndex"]!.ToJsonString() : "0";
            text = text.Replace($"{{m:{key}}}", index, StringComparison.Ordinal);
        }

        return text;
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Uuid();

    // Ports are the agents' own.
    [GeneratedRegex(@"127\.0\.0\.1:\d+")]
    private static partial Regex OwnAddress();

    // {S0} is {s0} in capitals.
    [GeneratedRegex(@"\{([sqibclS])(\d+)\}")]
    private static partial Regex Created();

    [GeneratedRegex(@"\{m:([^}]+)\}")]
    private static partial Regex Modified();

    [GeneratedRegex(@"index:? \d+( != \d+)?")]
    private static partial Regex IndexInText();
}
