using System.Runtime.CompilerServices;
using Grpc.Core;
using Rollcall.Discovery;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>What a channel knows of one method: its settings, and its address on each endpoint.</summary>
internal sealed class MethodEntry
{
    // An entry goes when its endpoint does.
    private readonly ConditionalWeakTable<Endpoint, Uri> _uris = [];
    private readonly string _scheme;

    public MethodEntry(IMethod method, string scheme, RetrySettings? retry)
    {
        ServiceName = method.ServiceName;
        Name = method.Name;
        FullName = method.FullName;
        _scheme = scheme;
        Retry = retry;
    }

    public string ServiceName { get; }

    public string Name { get; }

    /// <summary><c>/service/method</c></summary>
    public string FullName { get; }

    public RetrySettings? Retry { get; }

    public Uri GetUri(Endpoint endpoint) =>
        _uris.TryGetValue(endpoint, out var uri)
            ? uri
            : _uris.GetValue(endpoint, e => new Uri($"{_scheme}://{e.Authority}{FullName}", UriKind.Absolute));
}
