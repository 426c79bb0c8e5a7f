using System.Net.Http.Headers;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Resilience;

namespace Rollcall.Discovery.Http;

/// <summary>What a handler has for one service, for as long as it is used.</summary>
/// <param name="balancer">Picks the instances; owned.</param>
/// <param name="transports">The connections; owned. Null: requests are sent by a handler that all instances share.</param>
/// <param name="throttle">Ends retries while most requests fail. Null: nothing does.</param>
internal sealed class ServiceEntry(ServiceBalancer balancer, InstanceTransports? transports, RetryThrottle? throttle) : IDisposable
{
    private const int Closed = -1;
    private static readonly Func<object, string, string?> s_findHeader = static (headers, name) =>
        ((HttpRequestHeaders)headers).NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    private int _users;
    private long _lastUsed = long.MaxValue;

    public ServiceBalancer Balancer => balancer;

    public InstanceTransports? Transports => transports;

    public RetryThrottle? Throttle => throttle;

    /// <summary>A timestamp; before the first use has ended, one that is never long ago.</summary>
    public long LastUsed => Volatile.Read(ref _lastUsed);

    public bool TryEnter()
    {
        var users = Volatile.Read(ref _users);
        while (users != Closed)
        {
            var seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
            {
                return true;
            }

            users = seen;
        }
        return false;
    }

    public void Leave(long now)
    {
        Volatile.Write(ref _lastUsed, now);
        Interlocked.Decrement(ref _users);
    }

    public bool TryClose() => Interlocked.CompareExchange(ref _users, Closed, 0) == 0;

    /// <summary>What the balancer may know of a request.</summary>
    public PickContext ContextOf(HttpRequestMessage request)
    {
        var call = new HashKeyCall(request.RequestUri?.AbsolutePath ?? "", request.Headers, s_findHeader);
        return new PickContext { HashKey = balancer.GetHashKey(call), Canary = balancer.GetCanary(call) };
    }

    /// <summary>Whether there is an instance that is not among those.</summary>
    public bool HasUntried(List<Endpoint> tried)
    {
        if (balancer.Snapshot is { } snapshot)
        {
            foreach (var endpoint in snapshot.Endpoints)
            {
                if (!tried.Contains(endpoint))
                {
                    return true;
                }
            }
        }

        return false;
    }

    public void Dispose()
    {
        balancer.Dispose();
        transports?.Dispose();
    }
}
