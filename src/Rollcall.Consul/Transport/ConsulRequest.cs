using System.Globalization;
using System.Text;
using Rollcall.Consul.Wire;

namespace Rollcall.Consul.Transport;

/// <summary>One request in the making: path segments and values are escaped here and nowhere else. Used by one caller, once.</summary>
internal sealed class ConsulRequest
{
    private readonly StringBuilder _path = new("v1");
    private readonly StringBuilder _query = new();

    /// <param name="method">The HTTP method.</param>
    /// <param name="path">A fixed path below <c>/v1/</c>.</param>
    public ConsulRequest(HttpMethod method, string path)
    {
        Method = method;
        _path.Append('/').Append(path);
        Operation = $"{method} /v1/{path}";
        IsOfTheAgentItself = path.StartsWith("agent/", StringComparison.Ordinal);
    }

    public HttpMethod Method { get; }

    /// <summary>Method and path as a person reads them.</summary>
    public string Operation { get; private set; }

    /// <summary>Whether it has a datacenter or a filter expression, which a server may find wrong.</summary>
    public bool IsConditional { get; private set; }

    public string PathAndQuery => string.Concat(_path.ToString(), _query.ToString());

    /// <summary>Another agent would speak of itself.</summary>
    public bool IsOfTheAgentItself { get; }

    /// <summary>The agent that has to answer; null: any.</summary>
    public AgentConnection? Agent { get; private set; }

    /// <summary>Null: the client's.</summary>
    public string? Token { get; private set; }

    /// <summary>Above zero: the request is a blocking query and the answer may take this long.</summary>
    public TimeSpan Wait { get; private set; }

    public HttpContent? Content { get; init; }

    /// <summary>
    /// Whether what is sent, or the answer, is as large as what the agent holds: then the time is for the answer to begin, and for each piece, and not for the whole.
    /// </summary>
    public bool IsLarge { get; init; }

    /// <summary>Adds one segment: whatever it holds, it stays one.</summary>
    public ConsulRequest Segment(string value)
    {
        _path.Append('/').Append(Uri.EscapeDataString(value));
        Operation = $"{Operation}/{value}";
        return this;
    }

    /// <summary>Adds a key, whose slashes separate segments.</summary>
    public ConsulRequest Key(string key)
    {
        foreach (var segment in key.Split('/'))
        {
            _path.Append('/').Append(Uri.EscapeDataString(segment));
        }

        Operation = $"{Operation}/{key}";
        return this;
    }

    public ConsulRequest With(string name, string? value = null)
    {
        IsConditional |= name is "dc" or "filter";
        _query.Append(_query.Length == 0 ? '?' : '&').Append(name);
        if (value is not null)
        {
            _query.Append('=').Append(Uri.EscapeDataString(value));
        }

        return this;
    }

    public ConsulRequest With(string name, ulong value) => With(name, value.ToString(CultureInfo.InvariantCulture));

    public ConsulRequest WithTags(IReadOnlyList<string>? tags)
    {
        foreach (var tag in tags ?? [])
        {
            With("tag", tag);
        }

        return this;
    }

    public ConsulRequest WithQuery(ConsulQuery? query, ConsulClientOptions options)
    {
        if ((query?.Datacenter ?? options.Datacenter) is { Length: > 0 } datacenter)
        {
            With("dc", datacenter);
        }

        if (query is null)
        {
            return this;
        }

        if (query.Token is not null && !ConsulClientOptions.IsHeaderValue(query.Token))
        {
            throw new ArgumentException("The query's token contains a space, a line break or another character that no header can carry.", nameof(query));
        }

        Token = query.Token;
        Agent = query.Agent;
        if (query.Consistency != ConsulConsistency.Default)
        {
            With(query.Consistency == ConsulConsistency.Stale ? "stale" : "consistent");
        }

        if (query.Cached)
        {
            With("cached");
        }

        if (query.Near is not null)
        {
            With("near", query.Near);
        }

        if (query.Filter is not null)
        {
            With("filter", query.Filter);
        }

        if (query.Index > 0)
        {
            // Agents grant no more, and no timer takes what somebody may mean by "for ever".
            var asked = query.Wait is { } wait && wait > TimeSpan.Zero ? wait : options.WaitTime;
            Wait = asked < BlockingIndex.MaxWait ? asked : BlockingIndex.MaxWait;
            With("index", query.Index).With("wait", GoDuration.Format(Wait));
        }

        return this;
    }
}
