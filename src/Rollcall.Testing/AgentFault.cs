using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Rollcall.Consul.Wire;

namespace Rollcall.Testing;

/// <summary>Something that goes wrong with an agent's answers; see <see cref="TestAgent.Inject"/>. Safe for use by many threads.</summary>
public sealed partial class AgentFault
{
    private readonly Func<FaultContext, Task> _apply;

    private AgentFault(string name, Func<FaultContext, Task> apply) => (Name, _apply) = (name, apply);

    /// <summary>The cluster has no leader: 500 with Consul's text, and <c>X-Consul-KnownLeader: false</c>.</summary>
    public static AgentFault NoLeader { get; } = new("no leader", static async request =>
    {
        request.Http.Response.Headers[ConsulHeaders.KnownLeader] = "false";
        await request.AnswerAsync(HttpStatusCode.InternalServerError, "No cluster leader").ConfigureAwait(false);
    });

    /// <summary>The token is not known any more: 403 with Consul's text.</summary>
    public static AgentFault RevokedToken { get; } = new("revoked token", static request => request.AnswerAsync(HttpStatusCode.Forbidden, "ACL not found"));

    /// <summary>The connection is closed without an answer; requests that wait when the fault is injected lose theirs too, unless their answer has begun.</summary>
    public static AgentFault DroppedConnection { get; } = new("dropped connection", static request =>
    {
        request.Http.Abort();
        return Task.CompletedTask;
    })
    {
        EndsWaiting = true,
    };

    /// <summary>An empty list with the headers of the true answer, and after the same wait: what a cluster that lost its catalog says.</summary>
    public static AgentFault EmptyList { get; } = new("empty list", static request => request.ReplaceBodyAsync("[]"));

    /// <summary>Status and headers of the true answer, and no body.</summary>
    public static AgentFault EmptyBody { get; } = new("empty body", static request => request.ReplaceBodyAsync(""));

    [GeneratedRegex("(?<=[?&]index=)[0-9]+(?=&|$)")]
    private static partial Regex IndexParameter { get; }

    internal string Name { get; }

    /// <summary>Whether requests that already wait get it too.</summary>
    internal bool EndsWaiting { get; private init; }

    /// <summary>Every answer has this status and text.</summary>
    /// <param name="status">400 to 599.</param>
    /// <param name="body">The text.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another status.</exception>
    public static AgentFault Status(HttpStatusCode status, string body = "rpc error: injected by the test")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan((int)status, 400, nameof(status));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((int)status, 599, nameof(status));
        ArgumentNullException.ThrowIfNull(body);
        return new AgentFault($"status {(int)status}", request => request.AnswerAsync(status, body));
    }

    /// <summary>Answers come late, by the agent's clock.</summary>
    /// <param name="delay">How long a request lies before the agent looks at it. Above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">Not above 0.</exception>
    public static AgentFault Slow(TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(delay, TimeSpan.Zero);
        return new AgentFault($"slow by {delay}", async request =>
        {
            await Task.Delay(delay, request.Time, request.Http.RequestAborted).ConfigureAwait(false);
            await request.NextAsync().ConfigureAwait(false);
        });
    }

    /// <summary>Answers carry this <c>X-Consul-Index</c>, 0 for instance, which no client may take for one.</summary>
    /// <param name="index">The index.</param>
    public static AgentFault Index(ulong index) => new($"index {index}", request =>
    {
        ReplaceIndex(request.Http, _ => index);
        return request.NextAsync();
    });

    /// <summary>
    /// Answers carry an <c>X-Consul-Index</c> that went back, as after a restore of an old snapshot. A query that waits with such an index waits for the
    /// next change, as with a true one.
    /// </summary>
    /// <param name="by">How much is taken off; the index stays at least 1.</param>
    public static AgentFault RewoundIndex(ulong by)
    {
        // The last true index of each path, for those who come back with what they were told instead of it.
        var told = new ConcurrentDictionary<string, ulong>(StringComparer.Ordinal);
        return new AgentFault($"index back by {by}", request =>
        {
            var path = request.Http.Request.Path.ToString();
            if (told.TryGetValue(path, out var last))
            {
                RestoreIndex(request.Http, index => index > Rewound(last) ? index : by < last - index ? index + by : last);
            }

            ReplaceIndex(request.Http, index => Rewound(told[path] = index));
            return request.NextAsync();
        });

        ulong Rewound(ulong index) => index > by ? index - by : 1;
    }

    /// <inheritdoc />
    public override string ToString() => Name;

    internal Task ApplyAsync(FaultContext request) => _apply(request);

    // In the answer.
    private static void ReplaceIndex(HttpContext http, Func<ulong, ulong> change)
    {
        var headers = http.Response.Headers;
        http.Response.OnStarting(() =>
        {
            if (ulong.TryParse(headers[ConsulHeaders.Index], CultureInfo.InvariantCulture, out var index))
            {
                headers[ConsulHeaders.Index] = change(index).ToString(CultureInfo.InvariantCulture);
            }

            return Task.CompletedTask;
        });
    }

    // In the request's target, which is what the agent reads.
    private static void RestoreIndex(HttpContext http, Func<ulong, ulong> change)
    {
        var request = http.Features.GetRequiredFeature<IHttpRequestFeature>();
        request.RawTarget = IndexParameter.Replace(
            request.RawTarget,
            match => ulong.TryParse(match.ValueSpan, CultureInfo.InvariantCulture, out var index) && index > 0
                ? change(index).ToString(CultureInfo.InvariantCulture)
                : match.Value);
    }
}
