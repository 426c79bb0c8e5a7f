using System.Runtime.CompilerServices;
using Grpc.Core;
using Rollcall.Discovery;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>What a channel knows of one method: its settings, and its address on each endpoint.</summary>
internal sealed class MethodEntry
{
    // An entry goes when its endpoint does.
    private readonly ConditionalWeakTable<Endpoint, CallTarget> _targets = [];
    private readonly string _scheme;
    private readonly EndpointTransports _transports;

    public MethodEntry(IMethod method, string scheme, MethodPolicy policy, EndpointTransports transports)
    {
        ServiceName = method.ServiceName;
        Name = method.Name;
        FullName = method.FullName;
        _scheme = scheme;
        _transports = transports;
        Policy = policy;
    }

    public string ServiceName { get; }

    public string Name { get; }

    /// <summary><c>/service/method</c></summary>
    public string FullName { get; }

    public MethodPolicy Policy { get; }

    /// <exception cref="ObjectDisposedException">The channel was disposed.</exception>
    public CallTarget GetTarget(Endpoint endpoint)
    {
        if (_targets.TryGetValue(endpoint, out var target) && !target.Transport.IsRetired)
        {
            return target;
        }

        // First call, or the endpoint had left the list and is called again.
        target = new CallTarget(new Uri($"{_scheme}://{endpoint.Authority}{FullName}", UriKind.Absolute), _transports.Get(endpoint));
        _targets.AddOrUpdate(endpoint, target);
        return target;
    }
}
