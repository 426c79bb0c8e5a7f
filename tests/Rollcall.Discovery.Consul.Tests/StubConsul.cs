using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using Rollcall.Consul;

namespace Rollcall.Discovery.Consul.Tests;

/// <summary>Answers of an agent as bytes, for what a real one can't be brought to say. A blocking query without a new answer stays open.</summary>
internal sealed class StubConsul : HttpMessageHandler
{
    private readonly ConcurrentQueue<StubAnswer> _answers = new();
    private readonly SemaphoreSlim _available = new(0);
    private int _open;

    /// <summary>Path and query of all requests.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>How many requests wait for their answer.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>What the question without conditions is answered with.</summary>
    public string Everything { get; set; } = "[]";

    /// <summary>The HTTP status of that answer.</summary>
    public int EverythingStatus { get; set; } = 200;

    public ConsulClient Client() => new(
        new ConsulClientOptions { Address = new Uri("http://127.0.0.1:1"), MinQueryInterval = TimeSpan.Zero }, this);

    public StubConsul Answer(string json, ulong index, bool leader = true, bool filtered = false, int lastContact = 0, int status = 200, int? cacheAge = null)
    {
        _answers.Enqueue(new StubAnswer(json, index, leader, filtered, lastContact, status, cacheAge));
        _available.Release();
        return this;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var asked = request.RequestUri!.PathAndQuery;
        Requests.Enqueue(asked);
        if (!asked.Contains("passing", StringComparison.Ordinal) && !asked.StartsWith("/v1/kv/", StringComparison.Ordinal))
        {
            return Response(new StubAnswer(Everything, 1, Leader: true, Filtered: false, LastContact: 0, EverythingStatus));
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
        return Response(answer);
    }

    private static HttpResponseMessage Response(StubAnswer answer)
    {
        var response = new HttpResponseMessage((HttpStatusCode)answer.Status) { Content = new StringContent(answer.Json, Encoding.UTF8, "application/json") };
        response.Headers.Add("X-Consul-Index", answer.Index.ToString(CultureInfo.InvariantCulture));
        response.Headers.Add("X-Consul-Knownleader", answer.Leader ? "true" : "false");
        response.Headers.Add("X-Consul-Lastcontact", answer.LastContact.ToString(CultureInfo.InvariantCulture));
        if (answer.Filtered)
        {
            response.Headers.Add("X-Consul-Results-Filtered-By-ACLs", "true");
        }

        if (answer.CacheAge is { } age)
        {
            response.Headers.Add("X-Cache", "HIT");
            response.Headers.Age = TimeSpan.FromSeconds(age);
        }

        return response;
    }

    private sealed record StubAnswer(string Json, ulong Index, bool Leader, bool Filtered, int LastContact, int Status, int? CacheAge = null);
}
