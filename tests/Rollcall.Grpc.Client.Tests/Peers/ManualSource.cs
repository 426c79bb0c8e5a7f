using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Rollcall.Discovery;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>A list of endpoints that a test changes.</summary>
internal sealed class ManualSource : IEndpointSource
{
    private readonly Channel<ImmutableArray<Endpoint>> _lists = System.Threading.Channels.Channel.CreateUnbounded<ImmutableArray<Endpoint>>();

    public ManualSource(params Endpoint[] endpoints) => Set(endpoints);

    public string Name => "a test";

    public void Set(params Endpoint[] endpoints) => _lists.Writer.TryWrite([.. endpoints]);

    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(ServiceQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var list in _lists.Reader.ReadAllAsync(cancellationToken))
        {
            yield return new EndpointUpdate { Endpoints = list };
        }
    }
}
