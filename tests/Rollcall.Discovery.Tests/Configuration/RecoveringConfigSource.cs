using System.Runtime.CompilerServices;
using Rollcall.Discovery.Configuration.Live;

namespace Rollcall.Discovery.Tests.Configuration;

/// <summary>A source that is down at first, and gives every watch one answer when it is back. Thread-safe.</summary>
internal sealed class RecoveringConfigSource : IServiceConfigSource
{
    private int _answered;

    public bool IsBack { get; set; }

    /// <summary>How many watches have their answer.</summary>
    public int Answered => Volatile.Read(ref _answered);

    public string Describe(ServiceConfigQuery query) => "the recovering source";

    public async IAsyncEnumerable<string?> WatchAsync(ServiceConfigQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!IsBack)
        {
            throw new IOException("connection refused");
        }

        yield return null;

        // Asked again: the answer has been taken.
        Interlocked.Increment(ref _answered);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }
}
