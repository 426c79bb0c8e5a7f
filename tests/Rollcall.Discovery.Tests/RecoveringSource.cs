using System.Runtime.CompilerServices;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests;

/// <summary>A source that is down at first, and gives every watch one answer when it is back. Thread-safe.</summary>
internal sealed class RecoveringSource : IEndpointSource
{
    private int _opened;
    private int _answered;

    public string Name => "the recovering source";

    public bool IsBack { get; set; }

    /// <summary>How many watches were started.</summary>
    public int Opened => Volatile.Read(ref _opened);

    /// <summary>How many have their answer.</summary>
    public int Answered => Volatile.Read(ref _answered);

    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(ServiceQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _opened);
        if (!IsBack)
        {
            throw new HttpRequestException("connection refused");
        }

        yield return new EndpointUpdate { Index = 1, Endpoints = [A] };

        // Asked again: the answer has been taken.
        Interlocked.Increment(ref _answered);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }
}
