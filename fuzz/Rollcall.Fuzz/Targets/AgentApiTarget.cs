using System.Net;
using System.Text;
using Rollcall.Agent;
using Rollcall.Agent.Http;

namespace Rollcall.Fuzz.Targets;

/// <summary>
/// Requests to a running agent, one after the other, so that each meets what the ones before it have left there. The first line of an input is
/// method and target, the rest the body.
/// </summary>
internal sealed class AgentApiTarget : IFuzzTarget, IDisposable
{
    // So that what they leave stays small.
    private const int RequestsPerAgent = 5000;

    private const string MasterToken = "5ee0f3c1-5a6b-4a8e-9d2a-3a1d57a6f001";

    // What waits for a change or streams until it is given up, what ends the agent, what makes it take a profile of itself, and escapes, which would hide these.
    private static readonly string[] s_endless = ["index", "hash", "monitor", "leave", "%", "pprof"];

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
    private ConsulAgent? _agent;
    private int _requests;

    public string Name => "agent-api";

    public IReadOnlyList<string> Tokens { get; } =
    [
        "GET ", "PUT ", "POST ", "DELETE ", "HEAD ", "OPTIONS ", "/v1/", "/v1/kv/", "/v1/agent/", "/v1/acl/", "/v1/health/service/", "/v1/catalog/", "/v1/session/", "/v1/txn", "/v1/query", "/v1/config",
        "/v1/discovery-chain/", "/v1/event/fire/", "/v1/coordinate/", "/v1/connect/intentions", "/v1/operator/", "/", "?", "&", "=", "web", "a", "n1", "dc=dc1", "recurse", "keys", "separator=/", "raw", "cas=0", "flags=1", "acquire=", "release=",
        "passing=1", "tag=v1", "near=_agent", "node-meta=a:b", "filter=", "Name==a", "stale", "consistent", "cached", "pretty", "ns=a", "token=a", "\n", "{", "}", "[", "]", ":", ",", "\"", "null", "true", "0", "-1", "1e400",
        "\"10s\"", "\"Name\":\"a\"", "\"ID\":\"a\"", "\"Rules\":\"", "node_prefix \\\"\\\" { policy = \\\"read\\\" }", "\"KV\":{", "\"Verb\":\"set\"", "\"Key\":\"a\"", "\"Value\":\"YQ==\"", "\"Node\":\"n1\"", "\"Service\":{",
        "\"Template\":{\"Type\":\"name_prefix_match\"}", "\"Failover\":{\"NearestN\":3}", "${name.full}", "\"Kind\":\"service-defaults\"", "\"Kind\":\"proxy-defaults\"", "\"Kind\":\"service-splitter\"", "\"Kind\":\"service-resolver\"", "\"Protocol\":\"http\"", "\"Splits\":[{\"Weight\":100", "\"Redirect\":{\"Service\":", "\"Config\":{", "\"TTL\":\"10s\"", "\"Check\":{",
    ];

    public int Run(byte[] input)
    {
        var end = input.AsSpan().IndexOf((byte)'\n');
        var line = Encoding.Latin1.GetString(end < 0 ? input : input.AsSpan(0, end)).Split(' ');
        if (line is not [var method, ['/', ..] target] || !Array.TrueForAll(s_endless, word => !target.Contains(word, StringComparison.OrdinalIgnoreCase)))
        {
            return -1;
        }

        // HttpClient sends what is no ASCII in a path as whatever lies in its buffer; RequestTarget is tried with all bytes by a target of its own.
        if (!Ascii.IsValid(target))
        {
            return -4;
        }

        using var request = new HttpRequestMessage();
        try
        {
            request.Method = new HttpMethod(method);
            request.RequestUri = new Uri(Agent().HttpAddress.GetLeftPart(UriPartial.Authority) + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
            if (request.Method == HttpMethod.Connect)
            {
                return -2;
            }
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException)
        {
            return -3;
        }

        if (end >= 0)
        {
            request.Content = new ByteArrayContent(input, end + 1, input.Length - end - 1);
        }

        using var response = _http.Send(request, CancellationToken.None);
        using var reader = new StreamReader(response.Content.ReadAsStream());
        var body = reader.ReadToEnd();
        if (response.StatusCode == HttpStatusCode.Forbidden && !target.Contains("token=", StringComparison.Ordinal))
        {
            // Who brings no token may not do everything any more: an input has changed that, and all that follow would end at the gate.
            Stop();
        }

        BrokenInvariantException.Unless(
            response.StatusCode != HttpStatusCode.InternalServerError || body != "internal error", $"nothing fails without a reason: {method} {target}");

        // As in Consul, who sends a query that can't be read hears no more than that.
        var saysWhy = body.Length > 0 || method == "HEAD" || (RequestTarget.TryParse(target, out var read) && read.Query.IsMalformed);
        BrokenInvariantException.Unless(response.StatusCode != HttpStatusCode.InternalServerError || saysWhy, "an error says why");
        return HashCode.Combine((int)response.StatusCode, Shape(target), response.IsSuccessStatusCode ? Math.Min(body.Length, 64) : body.Length);
    }

    public void Dispose()
    {
        _http.Dispose();
        Stop();
    }

    // The endpoint, without what is named in it.
    private static int Shape(string target) => string.Join('/', target.Split('?')[0].Split('/').Take(4)).GetHashCode(StringComparison.Ordinal);

    private ConsulAgent Agent()
    {
        if (_requests++ % RequestsPerAgent == 0)
        {
            Stop();
        }

        // The thread of a run belongs to it: it may wait.
        return _agent ??= StartAsync().GetAwaiter().GetResult();
    }

    private void Stop() => _agent = _agent is null ? null : StopAsync(_agent).GetAwaiter().GetResult();

    private static Task<ConsulAgent> StartAsync() => ConsulAgent.StartAsync(
        new ConsulAgentOptions
        {
            NodeName = "n1",
            HttpPort = 0,
            TimeProvider = new StoppedClock(),
            ConnectEnabled = true,

            // Who brings no token may do everything; else most requests would end at the gate.
            Acl = new AclOptions { Enabled = true, MasterToken = MasterToken, DefaultToken = MasterToken },
        },
        CancellationToken.None);

    private static async Task<ConsulAgent?> StopAsync(ConsulAgent agent)
    {
        await agent.DisposeAsync();
        return null;
    }

    /// <summary>Time stands still, so that no check that an input registers is ever run.</summary>
    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

        public override long GetTimestamp() => 0;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new NoTimer();

        private sealed class NoTimer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
