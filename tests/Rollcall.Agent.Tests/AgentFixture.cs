using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests;

/// <summary>A running agent with a clock of its own, and an HTTP client that speaks to it. Fails the test on an unexpected error in its log.</summary>
internal sealed class AgentFixture : IAsyncDisposable
{
    private readonly LogCollector _log;
    private readonly HttpClient _http;

    private AgentFixture(ConsulAgent agent, FakeTimeProvider time, LogCollector log)
    {
        (Agent, Time, _log) = (agent, time, log);
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { BaseAddress = agent.HttpAddress };
    }

    public ConsulAgent Agent { get; }

    public FakeTimeProvider Time { get; }

    public LogCollector Log => _log;

    /// <summary>What requests carry from now on; null: none.</summary>
    public string? Token { get; set; }

    public static async Task<AgentFixture> StartAsync(string? dataDirectory = null, Func<AgentConfiguration>? configuration = null, Action<ConsulAgentOptions>? configure = null, AclOptions? acl = null)
    {
        var (time, log) = (new FakeTimeProvider(), new LogCollector());
        var options = configuration?.Invoke().ToOptions() ?? new ConsulAgentOptions();
        (options.HttpPort, options.DnsPort, options.NodeName, options.TimeProvider, options.LoggerFactory) = (0, -1, "n1", time, log);
        options.Acl = acl ?? options.Acl;
        (options.DataDirectory, options.ReloadConfiguration) = (dataDirectory, configuration);

        // As the command does; the conformance tests' agent answers on the pool.
        options.DedicatedProcess = true;
        configure?.Invoke(options);
        var agent = await ConsulAgent.StartAsync(options);
        return new AgentFixture(agent, time, log);
    }

    public async Task<Answer> SendAsync(string method, string path, string? body = null, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/v1/" + path);
        if (Token is not null)
        {
            request.Headers.Add("X-Consul-Token", Token);
        }

        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8);
        using var response = await _http.SendAsync(request, cancellationToken).WithinAsync();
        return new Answer(
            response.StatusCode,
            await response.Content.ReadAsStringAsync(cancellationToken),
            response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key, h => string.Join(',', h.Value), StringComparer.OrdinalIgnoreCase));
    }

    public Task<Answer> GetAsync(string path) => SendAsync("GET", path);

    public async Task PutAsync(string path, string? body = null)
    {
        var answer = await SendAsync("PUT", path, body);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{path}: {(int)answer.Status} {answer.Body}");
    }

    /// <summary>A blocking query that is under way and known to wait.</summary>
    public async Task<Task<Answer>> BlockAsync(string path, ulong index, string wait = "10m", CancellationToken cancellationToken = default)
    {
        var blocked = Agent.BlockedQueries;
        var pending = SendAsync("GET", $"{path}{(path.Contains('?') ? '&' : '?')}index={index}&wait={wait}", null, cancellationToken);
        await Eventually.TrueAsync(() => Agent.BlockedQueries > blocked || pending.IsCompleted);
        return pending;
    }

    /// <summary>What the holder of a token sees at paths. Later requests have that token, too.</summary>
    public async Task<List<string>> SeeAsync(string token, IEnumerable<string> paths)
    {
        Token = token;
        var seen = new List<string>();
        foreach (var path in paths)
        {
            seen.Add((await GetAsync(path)).Body);
        }

        return seen;
    }

    public async Task<ulong> IndexAsync(string path) => (await GetAsync(path)).Index;

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Agent.DisposeAsync();
        _log.Dispose();
    }

    internal sealed record Answer(HttpStatusCode Status, string Body, IReadOnlyDictionary<string, string> Headers)
    {
        public ulong Index => ulong.Parse(Headers["X-Consul-Index"]);

        public JsonNode? Json => JsonNode.Parse(Body);
    }
}
