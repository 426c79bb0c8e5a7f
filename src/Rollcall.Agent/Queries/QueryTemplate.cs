using System.Runtime.CompilerServices;
using Rollcall.Agent.Go.Expressions;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Queries;

/// <summary>A prepared query that answers to every name that begins with its own, and is made for the name.</summary>
internal sealed class QueryTemplate
{
    // Queries never change, and one that is stored is asked for many times.
    private static readonly ConditionalWeakTable<PreparedQuery, QueryTemplate> s_read = [];

    private readonly PreparedQuery _query;
    private readonly GoRegex? _regex;

    private QueryTemplate(PreparedQuery query, GoRegex? regex) => (_query, _regex) = (query, regex);

    /// <summary>Whether a query that is to be stored can be made for its own name. Gives the fault, in Consul's words, or null.</summary>
    public static string? Check(PreparedQuery query) => Compile(query, out var template) ?? template!.Render(query.Name, out _);

    /// <summary>Gives the fault, in Consul's words, or null.</summary>
    public static string? Compile(PreparedQuery query, out QueryTemplate? template)
    {
        if (s_read.TryGetValue(query, out template))
        {
            return null;
        }

        if (query.TemplateType != PreparedQuery.PrefixMatch)
        {
            return $"Bad Template.Type '{query.TemplateType}'";
        }

        // All are read before any is tried, as in Consul.
        string? fault = null;
        _ = Walk(query, (field, text) =>
        {
            fault ??= TemplateText.Parse(text) is null ? $"Bad format '{text}' in Service.{field}: parse error: syntax error" : null;
            return text;
        });
        if (fault is not null)
        {
            return fault;
        }

        GoRegex? regex = null;
        if (query.TemplateRegexp.Length > 0 && !GoRegex.TryParse(query.TemplateRegexp, out regex, out var error))
        {
            return $"Bad Regexp: {error}";
        }

        template = s_read.GetValue(query, query => new QueryTemplate(query, regex));
        return null;
    }

    /// <summary>The query for a name. Gives the fault, in Consul's words, or null.</summary>
    public string? Render(string name, out PreparedQuery rendered)
    {
        var matches = _regex?.Match(name) ?? [];
        var scope = new TemplateScope(name, _query.Name, matches);
        string? fault = null;
        rendered = Walk(_query, (field, text) =>
        {
            var reason = "";
            if (TemplateText.Parse(text)?.Evaluate(scope, ref reason) is { } value)
            {
                return value;
            }

            fault ??= $"Bad evaluation for '{text}' in Service.{field}: {reason}";
            return text;
        });
        if (_query.RemoveEmptyTags && rendered.Tags is { } tags)
        {
            rendered = rendered with { Tags = [.. tags.Where(static tag => tag.Length > 0)] };
        }

        return fault;
    }

    private static PreparedQuery Walk(PreparedQuery query, Func<string, string, string> visit)
    {
        return query with
        {
            Service = visit("Service", query.Service),
            Datacenters = List("Failover.Datacenters", query.Datacenters),
            IgnoreCheckIds = List("IgnoreCheckIDs", query.IgnoreCheckIds),
            Near = visit("Near", query.Near),
            Tags = List("Tags", query.Tags),
            NodeMeta = Map("NodeMeta", query.NodeMeta),
            ServiceMeta = Map("ServiceMeta", query.ServiceMeta),
        };

        IReadOnlyList<string>? List(string field, IReadOnlyList<string>? texts) =>
            texts is null ? null : [.. texts.Select((text, i) => visit($"{field}[{i}]", text))];

        IReadOnlyDictionary<string, string>? Map(string field, IReadOnlyDictionary<string, string>? map) =>
            map?.OrderBy(static pair => pair.Key, StringComparer.Ordinal).ToDictionary(static pair => pair.Key, pair => visit($"{field}[{pair.Key}]", pair.Value), StringComparer.Ordinal);
    }
}
