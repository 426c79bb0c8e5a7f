using System.Net;
using System.Text;
using Rollcall.Consul;

namespace Rollcall.Discovery.Consul.Tests;

/// <summary>An agent whose server knows no leader at first, and one instance of any service. Nothing ever changes, so that blocking queries stay open. Thread-safe.</summary>
internal sealed class LeaderlessConsul : HttpMessageHandler
{
    private const string Instance = """[{"Node":{"Node":"n","Address":"10.0.0.1","Datacenter":"dc1"},"Service":{"ID":"a","Service":"a","Address":"10.0.0.1","Port":80}}]""";

    private readonly Lock _lock = new();
    private int _open;
    private int _mostOpen;
    private int _requests;

    public bool HasLeader { get; set; }

    public int Requests => Volatile.Read(ref _requests);

    /// <summary>The most requests that were open at once.</summary>
    public int MostOpen => Volatile.Read(ref _mostOpen);

    public ConsulClient Client() => new(new ConsulClientOptions { Address = new Uri("http://127.0.0.1:1"), MinQueryInterval = TimeSpan.Zero }, this);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _requests);
        lock (_lock)
        {
            _mostOpen = Math.Max(_mostOpen, ++_open);
        }

        try
        {
            // What is answered at once is open for a moment as well.
            await Task.Yield();
            if (request.RequestUri!.Query.Contains("index=", StringComparison.Ordinal))
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }

            var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(Instance, Encoding.UTF8, "application/json") };
            response.Headers.Add("X-Consul-Index", "7");
            response.Headers.Add("X-Consul-Knownleader", HasLeader ? "true" : "false");
            return response;
        }
        finally
        {
            lock (_lock)
            {
                _open--;
            }
        }
    }
}
