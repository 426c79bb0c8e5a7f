using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Rollcall.Discovery;

namespace Rollcall.LoadTest.Simulation;

/// <summary>A list that the simulation writes.</summary>
internal sealed class SimulatedSource : IEndpointSource
{
    private readonly Channel<EndpointUpdate> _updates = Channel.CreateUnbounded<EndpointUpdate>();
    private ulong _index;

    public string Name => "the simulation";

    public void Answer(IEnumerable<Endpoint> endpoints) => _updates.Writer.TryWrite(new EndpointUpdate { Endpoints = [.. endpoints], Index = ++_index });

    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(ServiceQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var update in _updates.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return update;
        }
    }
}
