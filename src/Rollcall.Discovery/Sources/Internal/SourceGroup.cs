using System.Threading.Channels;
using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery.Sources.Internal;

/// <summary>
/// Follows one query at several sources at once, each started again on its own when it fails. For one reader; disposing it ends all of them.
/// </summary>
internal sealed class SourceGroup : IAsyncDisposable
{
    private readonly IReadOnlyList<IEndpointSource> _sources;
    private readonly IReadOnlyList<FailedWatches> _failed;

    // Guarded by _lock.
    private readonly SourceReport[] _reports;

    // Touched by the reader only.
    private SourceReport[] _read = [];
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop;

    // One signal says that something changed, however much it was.
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Task _loops;

    /// <param name="sources">What is followed.</param>
    /// <param name="failed">Of each source, the watches that failed, those of other queries among them.</param>
    /// <param name="query">What is asked.</param>
    /// <param name="cancellationToken">Ends all.</param>
    public SourceGroup(IReadOnlyList<IEndpointSource> sources, IReadOnlyList<FailedWatches> failed, ServiceQuery query, CancellationToken cancellationToken)
    {
        (_sources, _failed) = (sources, failed);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _reports = [.. sources.Select(static source => new SourceReport(source.Name, null, null, null))];
        _loops = Task.WhenAll(Enumerable.Range(0, sources.Count).Select(index => Task.Run(() => FollowAsync(index, query), CancellationToken.None)));
    }

    /// <summary>Waits until there is something new, and gives what each source has to say, in their order.</summary>
    public async Task<IReadOnlyList<SourceReport>> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _changed.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            lock (_lock)
            {
                // The signal may be of a change that the last reading saw already.
                if (!_read.AsSpan().SequenceEqual(_reports))
                {
                    SourceReport[] news = [.. _reports];
                    for (var i = 0; i < _reports.Length; i++)
                    {
                        _reports[i] = _reports[i] with { Suspicion = null };
                    }

                    _read = [.. _reports];
                    return news;
                }
            }
        }
    }

    /// <summary>What the sources failed with, for one exception about all of them.</summary>
    public static Exception AllFailed(ServiceQuery query, IReadOnlyList<SourceReport> reports) => new AggregateException(
        $"No source knows instances of {query}: {string.Join("; ", reports.Select(static report => $"{report.Source}: {report.Failure?.Message}"))}",
        reports.Select(static report => report.Failure).OfType<Exception>());

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loops.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task FollowAsync(int index, ServiceQuery query)
    {
        var member = _failed[index].Enter();
        try
        {
            await FollowAsync(index, query, member).ConfigureAwait(false);
        }
        finally
        {
            member.End();
        }
    }

    private async Task FollowAsync(int index, ServiceQuery query, FailedWatches.Member member)
    {
        var failures = 0;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await foreach (var update in _sources[index].WatchAsync(query, _stop.Token).ConfigureAwait(false))
                {
                    failures = 0;
                    member.Succeed();
                    Report(index, report => report.With(update));
                }

                throw new InvalidOperationException("the watch ended");
            }
#pragma warning disable CA1031 // Whatever a source throws, the others go on, and it is started again.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                if (_stop.IsCancellationRequested)
                {
                    return;
                }

                failures++;
                member.Fail();
                Report(index, report => report with { Failure = exception });
            }

            await member.WaitAsync(failures, _stop.Token).ConfigureAwait(false);
        }
    }

    private void Report(int index, Func<SourceReport, SourceReport> change)
    {
        lock (_lock)
        {
            _reports[index] = change(_reports[index]);
        }

        _changed.Writer.TryWrite(true);
    }
}
