using Rollcall.Consul;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Sequences.Internal;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Consul.Tests;

/// <summary>A caller as a process of its own would be: with its own client, directory and balancer. Counts its requests to the KV store.</summary>
internal sealed class SharingCaller : DelegatingHandler, IAsyncDisposable
{
    private readonly ConsulClient _client;
    private readonly EndpointDirectory _directory;
    private readonly ServiceBalancer _balancer;
    private readonly SharedSequence _sequence;
    private int _kvRequests;

    public SharingCaller(Uri address, ServiceQuery query, LogCollector? logs = null)
        : base(new SocketsHttpHandler())
    {
        _client = new ConsulClient(new ConsulClientOptions { Address = address }, this);
        _directory = new EndpointDirectory(
            new ConsulEndpointSource(_client), loggerFactory: logs, sequences: new ConsulSequences(_client));
        _balancer = new ServiceBalancer(_directory.Watch(query), BalancingPolicies.Find("shared_round_robin"));
        _sequence = _directory.Sequences!.Of(query);
    }

    public int KvRequests => Volatile.Read(ref _kvRequests);

    public EndpointSnapshot? Snapshot => _balancer.Snapshot;

    /// <summary>Waits until it knows the instances and has its first numbers.</summary>
    public async Task ReadyAsync(int instances)
    {
        await Eventually.TrueAsync(() => _balancer.Describe().Endpoints.Length == instances);
        await _sequence.Idle.WithinAsync();
    }

    /// <summary>Picks; a call takes longer than a claim, so that no block is used up before the next is there.</summary>
    public async Task<string> CallAsync()
    {
        await _sequence.Idle.WithinAsync();
        return PickAtOnce();
    }

    public string PickAtOnce()
    {
        Assert.True(_balancer.TryPick(default, out var lease));
        lease.Complete(new CallOutcome(CallResult.Success, TimeSpan.FromMilliseconds(1)));
        return lease.Endpoint.Id;
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri!.AbsolutePath.StartsWith("/v1/kv/", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _kvRequests);
        }

        return base.SendAsync(request, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _balancer.DisposeAsync();
        await _directory.DisposeAsync();
        _client.Dispose();
        Dispose();
    }
}
