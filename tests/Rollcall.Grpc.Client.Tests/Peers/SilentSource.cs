using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Rollcall.Discovery;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>Never answers, and keeps what it was asked for.</summary>
internal sealed class SilentSource : IEndpointSource
{
    public string Name => "a silent source";

    public ConcurrentQueue<string> Asked { get; } = new();

    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(ServiceQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Asked.Enqueue(query.Name);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        yield break;
    }
}
