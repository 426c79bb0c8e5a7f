using System.Net.Http.Headers;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Configuration;
using Rollcall.Discovery.Configuration.Live;

namespace Rollcall.Discovery.Http;

/// <summary>What a handler has for one service, for as long as it is used.</summary>
/// <param name="balancer">Picks the instances; owned.</param>
/// <param name="transports">The connections; owned. Null: requests are sent by a handler that all instances share.</param>
/// <param name="policies">What is done for requests.</param>
/// <param name="time">The clock.</param>
internal sealed class ServiceEntry(ServiceBalancer balancer, InstanceTransports? transports, ServicePolicies policies, TimeProvider time) : IDisposable
{
    private static readonly Func<object, string, string?> s_findHeader = static (headers, name) =>
        ((HttpRequestHeaders)headers).NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    private readonly long _second = time.TimestampFrequency;
    private long _lastUsed = time.GetTimestamp();
    private int _waiting;
    private volatile bool _closed;
    private volatile ServicePolicies _policies = policies;
    private ServiceConfigBinding? _config;

    public ServiceBalancer Balancer => balancer;

    public InstanceTransports? Transports => transports;

    /// <summary>What is done for requests that begin now.</summary>
    public ServicePolicies Policies => _policies;

    /// <summary>Whether requests may begin: what they go by is known. Else they wait for <see cref="Ready"/>.</summary>
    public bool IsReady => _config!.IsReady;

    /// <summary>See <see cref="ServiceConfigBinding.Ready"/>.</summary>
    public Task Ready => _config!.Ready;

    /// <summary>It was idle for long, and takes no more attempts.</summary>
    public bool IsClosed => _closed;

    /// <summary>Goes by the service config in force from here on. Called once, before the first request.</summary>
    /// <param name="own">What the balancer was made with.</param>
    /// <param name="defaults">The options of the balancer that a live config starts from.</param>
    /// <param name="watch">The live config; owned. Null: none.</param>
    /// <param name="configured">What holds while there is no live one.</param>
    public void Follow(ConfiguredBalancing own, ServiceBalancerOptions defaults, ServiceConfigWatch? watch, ServiceCallConfig? configured) =>
        _config = new ServiceConfigBinding(balancer, own, defaults, watch, configured, config => _policies = _policies.With(config));

    /// <summary>An attempt begins.</summary>
    /// <param name="now">A timestamp of it.</param>
    public void Touch(long now)
    {
        // Once a second is enough: this is memory that all requests share.
        if (now - Volatile.Read(ref _lastUsed) >= _second)
        {
            Volatile.Write(ref _lastUsed, now);
        }
    }

    /// <summary>Keeps it from being idle while a request waits for an instance.</summary>
    /// <returns>Ends that when disposed.</returns>
    public Waiting Wait()
    {
        Interlocked.Increment(ref _waiting);
        return new Waiting(this);
    }

    private long Now => time.GetTimestamp();

    /// <summary>Whether nobody waits, and the last attempt began that long ago.</summary>
    public bool IsIdleFor(TimeSpan timeout) => Volatile.Read(ref _waiting) == 0 && time.GetElapsedTime(Volatile.Read(ref _lastUsed)) >= timeout;

    /// <summary>What the balancer may know of a request.</summary>
    /// <param name="request">As the caller wrote it.</param>
    /// <param name="tried">What the request has tried; null: nothing.</param>
    public PickContext ContextOf(HttpRequestMessage request, IReadOnlyList<Endpoint>? tried)
    {
        if (!balancer.LooksAtCalls)
        {
            return new PickContext { Tried = tried };
        }

        var call = new HashKeyCall(request.RequestUri?.AbsolutePath ?? "", request.Headers, s_findHeader);
        return new PickContext { Tried = tried, HashKey = balancer.GetHashKey(call), Canary = balancer.GetCanary(call) };
    }

    public void Dispose()
    {
        _closed = true;
        _config?.Dispose();
        balancer.Dispose();
        transports?.Dispose();
    }

    internal readonly struct Waiting(ServiceEntry entry) : IDisposable
    {
        public void Dispose()
        {
            Volatile.Write(ref entry._lastUsed, entry.Now);
            Interlocked.Decrement(ref entry._waiting);
        }
    }
}
