using System.Runtime.CompilerServices;
using Grpc.Core;
using Rollcall.Discovery;
using Rollcall.Hosts;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>What a channel knows of one method: its settings, and its address on each endpoint.</summary>
internal sealed class MethodEntry
{
    // An entry goes when its endpoint does.
    private readonly ConditionalWeakTable<Endpoint, CallTarget> _targets = [];
    private readonly string _scheme;
    private readonly EndpointTransports _transports;
    private volatile MethodPolicy _policy;

    // The one that was made last: with a single endpoint, the one.
    private volatile CallTarget? _last;

    public MethodEntry(IMethod method, string scheme, MethodPolicy policy, EndpointTransports transports)
    {
        ServiceName = method.ServiceName;
        Name = method.Name;
        FullName = method.FullName;
        RpcName = $"{method.ServiceName}/{method.Name}";
        Type = method.Type;
        _scheme = scheme;
        _transports = transports;
        _policy = policy;
    }

    public string ServiceName { get; }

    public string Name { get; }

    /// <summary><c>/service/method</c></summary>
    public string FullName { get; }

    /// <summary><c>service/method</c>, as traces and metrics name it.</summary>
    public string RpcName { get; }

    public MethodType Type { get; }

    /// <summary>For calls that begin now. Set when another service config comes into force.</summary>
    public MethodPolicy Policy
    {
        get => _policy;
        set => _policy = value;
    }

    /// <exception cref="ObjectDisposedException">The channel was disposed.</exception>
    /// <exception cref="HttpRequestException">The endpoint's host is neither a name nor an address: nothing can be sent there.</exception>
    public CallTarget GetTarget(Endpoint endpoint)
    {
        if (_last is { } target && ReferenceEquals(target.Endpoint, endpoint) && !target.Transport.IsRetired)
        {
            return target;
        }

        if (_targets.TryGetValue(endpoint, out target) && !target.Transport.IsRetired)
        {
            return target;
        }

        // First call, or the endpoint had left the list and is called again.
        target = new CallTarget(
            endpoint, RequestHost.AddressOf(endpoint.Authority, $"{_scheme}://{endpoint.Authority}{FullName}"), _transports.Get(endpoint));
        _targets.AddOrUpdate(endpoint, target);
        _last = target;
        return target;
    }

    /// <summary>Sends a request to an endpoint.</summary>
    /// <param name="target">The method there.</param>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="request">The request, to the target's address.</param>
    /// <param name="transport">Set to the connections in use, before anything can fail.</param>
    /// <param name="cancellationToken">Gives the request up, as long as there are no response headers.</param>
    public Task<HttpResponseMessage> SendAsync(
        CallTarget target, Endpoint endpoint, HttpRequestMessage request, ref EndpointTransport? transport, CancellationToken cancellationToken)
    {
        while (true)
        {
            transport = target.Transport;
            try
            {
                return target.Transport.Invoker.SendAsync(request, cancellationToken);
            }
            catch (ObjectDisposedException) when (target.Transport.IsRetired)
            {
                // The endpoint left the list between the pick and here. It was there a moment ago, so it is still called, and nothing was sent yet.
                target = GetTarget(endpoint);
            }
        }
    }
}
