using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using Rollcall.Consul;

namespace Rollcall.Discovery.Consul.Tests;

/// <summary>Answers of an agent as bytes, for what a real one can't be brought to say. A blocking query without a new answer stays open.</summary>
internal sealed class StubConsul : HttpMessageHandler
{
    private readonly ConcurrentQueue<(string Json, ulong Index, bool Leader, bool Filtered)> _answers = new();
    private readonly SemaphoreSlim _available = new(0);
    private int _open;

    /// <summary>Path and query of all requests.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>How many requests wait for their answer.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>What the question without conditions is answered with.</summary>
    public string Everything { get; set; } = "[]";

    public ConsulClient Client() => new(
        new ConsulClientOptions { Address = new Uri("http://127.0.0.1:1"), MinQueryInterval = TimeSpan.Zero }, this);

    public StubConsul Answer(string json, ulong index, bool leader = true, bool filtered = false)
    {
        _answers.Enqueue((json, index, leader, filtered));
        _available.Release();
        return this;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var asked = request.RequestUri!.PathAndQuery;
        Requests.Enqueue(asked);
        if (!asked.Contains("passing", StringComparison.Ordinal))
        {
            return Response(Everything, 1, true, false);
        }

        Interlocked.Increment(ref _open);
        try
        {
            await _available.WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
        Assert.True(_answers.TryDequeue(out var answer));
        return Response(answer.Json, answer.Index, answer.Leader, answer.Filtered);
    }

    private static HttpResponseMessage Response(string json, ulong index, bool leader, bool filtered)
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        response.Headers.Add("X-Consul-Index", index.ToString(CultureInfo.InvariantCulture));
        response.Headers.Add("X-Consul-Knownleader", leader ? "true" : "false");
        if (filtered)
        {
            response.Headers.Add("X-Consul-Results-Filtered-By-ACLs", "true");
        }

        return response;
    }
}
