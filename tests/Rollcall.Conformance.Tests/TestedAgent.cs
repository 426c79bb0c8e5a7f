using System.Globalization;
using System.Net;
using Rollcall.Agent;
using Rollcall.Consul;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests;

/// <summary>A running agent, with the ways in which the tests reach it. Thread safe.</summary>
public sealed class TestedAgent : IAsyncDisposable
{
    private readonly IAsyncDisposable _agent;
    private readonly LogCollector? _logs;
    private readonly HttpClient _http;

    private TestedAgent(IAsyncDisposable agent, Uri address, IPEndPoint dns, LogCollector? logs)
    {
        Dns = dns;
        _agent = agent;
        _logs = logs;
        Address = address;
        // As plain as it gets: what the server sends is what the test sees.
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false })
        {
            BaseAddress = address,
            Timeout = TimeSpan.FromSeconds(30),
        };
        Client = new ConsulClient(new ConsulClientOptions { Address = address, Token = null, MinQueryInterval = TimeSpan.FromMilliseconds(1) });
    }

    /// <summary>Where its HTTP API listens.</summary>
    public Uri Address { get; }

    /// <summary>Where its DNS server listens.</summary>
    public IPEndPoint Dns { get; }

    /// <summary>The typed client.</summary>
    public ConsulClient Client { get; }

    public static async Task<TestedAgent> StartEmbeddedAsync(ConsulAgentOptions? options = null)
    {
        var logs = new LogCollector();
        options ??= new ConsulAgentOptions();
        (options.HttpPort, options.DnsPort, options.NodeName, options.LoggerFactory) = (0, 0, "node1", logs);
        var agent = await ConsulAgent.StartAsync(options);
        return new TestedAgent(agent, agent.HttpAddress, agent.DnsEndPoint!, logs);
    }

    public static async Task<TestedAgent> StartConsulAsync(RealConsulOptions? options = null)
    {
        var consul = await RealConsul.StartAsync(options);
        return new TestedAgent(consul, consul.Address, new IPEndPoint(IPAddress.Loopback, consul.DnsPort), null);
    }

    /// <summary>Sends one request exactly as given.</summary>
    /// <param name="method">Such as <c>PUT</c>.</param>
    /// <param name="path">With the query, beginning with a slash.</param>
    /// <param name="body">Null for none.</param>
    /// <param name="headers">Further request headers.</param>
    public async Task<Answer> SendAsync(string method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(body));
        }

        foreach (var (name, value) in headers)
        {
            _ = request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await _http.SendAsync(request);
        return new Answer(
            (int)response.StatusCode,
            await response.Content.ReadAsByteArrayAsync(),
            response.Headers.Concat(response.Content.Headers)
                .ToDictionary(h => h.Key, h => string.Join(",", h.Value), StringComparer.OrdinalIgnoreCase));
    }

    public Task<Answer> GetAsync(string path) => SendAsync("GET", path);

    /// <summary>PUT that has to succeed.</summary>
    public async Task<Answer> PutAsync(string path, string body = "")
    {
        var answer = await SendAsync("PUT", path, body);
        Assert.True(answer.Status == 200, string.Create(CultureInfo.InvariantCulture, $"PUT {path}: {answer.Status} {answer.Text}"));
        return answer;
    }

    /// <summary>Registers through the agent and waits until the catalog has it in this form.</summary>
    public async Task RegisterAsync(string name, string id, string rest = "")
    {
        _ = await PutAsync("/v1/agent/service/register", $$"""{"Name":"{{name}}","ID":"{{id}}"{{(rest.Length == 0 ? "" : "," + rest)}}}""");
        await Eventually.TrueAsync(async () => (await GetAsync($"/v1/catalog/service/{name}")).Text.Contains($"\"{id}\"", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        Client.Dispose();
        await _agent.DisposeAsync();
        _logs?.AssertNoErrors();
    }
}
