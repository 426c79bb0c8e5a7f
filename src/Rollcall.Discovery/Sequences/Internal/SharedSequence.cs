using Microsoft.Extensions.Logging;
using Rollcall.Discovery.Events;
using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery.Sequences.Internal;

/// <summary>
/// A process's part in a sequence that all callers of a service share. It asks for the next block while the last one is in use, and never makes a
/// caller wait: while there is no block it goes on with numbers of its own. Thread-safe.
/// </summary>
internal sealed partial class SharedSequence
{
    /// <summary>Blocks are this large at least, so that even a caller with few calls asks rarely.</summary>
    public const int MinBlock = 16;

    /// <summary>A caller that dies leaves no larger gap.</summary>
    public const int MaxBlock = 65_536;

    private const int MaxGrowth = 8;
    private static readonly TimeSpan s_blockTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_shortestPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(10);

    private readonly ServiceQuery _query;
    private readonly ISequenceSource _source;
    private readonly WatchSettings _settings;
    private readonly ILogger _logger;
    private readonly CancellationToken _stop;
    private ActiveBlock _block = new(default);
    private ActiveBlock? _next;
    private long _own;

    // 1 while a claim is under way; whoever sets it makes the claim, and owns the fields below.
    private int _claiming;
    private int _failures;
    private bool _shared;
    private long _retryAt;
    private TaskCompletionSource _claimed = new();

    public SharedSequence(ServiceQuery query, ISequenceSource source, WatchSettings settings, ILogger logger, CancellationToken stop)
    {
        _query = query;
        _source = source;
        _settings = settings;
        _logger = logger;
        _stop = stop;
        _own = settings.Random.Next();
        _claimed.SetResult();
        RequestClaim();
    }

    /// <summary>Ends when no claim is under way.</summary>
    public Task Idle => Volatile.Read(ref _claimed).Task;

    /// <summary>The next number.</summary>
    /// <param name="endpoints">Among how many endpoints it chooses. At least 1.</param>
    public long Next(int endpoints)
    {
        while (true)
        {
            var block = Volatile.Read(ref _block);
            var position = block.Take();
            if (position == block.Half)
            {
                RequestClaim();
            }

            if (position < block.Count)
            {
                return block.Number(position);
            }

            if (Volatile.Read(ref _next) is not { } next)
            {
                RequestClaim();
                return Interlocked.Increment(ref _own);
            }

            next.Activate(endpoints, _settings.TimeProvider.GetTimestamp());
            if (Interlocked.CompareExchange(ref _block, next, block) == block)
            {
                // Not simply null: the block after this one may be there by now.
                Interlocked.CompareExchange(ref _next, null, next);
            }
        }
    }

    private void RequestClaim()
    {
        if (Volatile.Read(ref _claiming) != 0
            || Volatile.Read(ref _next) is not null
            || (Volatile.Read(ref _retryAt) is not 0 and var retryAt && _settings.TimeProvider.GetTimestamp() < retryAt)
            || _stop.IsCancellationRequested
            || Interlocked.Exchange(ref _claiming, 1) != 0)
        {
            return;
        }

        Volatile.Write(ref _claimed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

        // Without the execution context: it is not the business of the call that happened to need it.
        ThreadPool.UnsafeQueueUserWorkItem(static self => _ = self.ClaimAsync(), this, preferLocal: false);
    }

    private async Task ClaimAsync()
    {
        var claimed = _claimed;
        try
        {
            var block = await _source.ClaimAsync(_query, NextSize(), _stop).ConfigureAwait(false);
            Volatile.Write(ref _next, new ActiveBlock(block));
            Succeeded();
        }
#pragma warning disable CA1031 // Whatever the source throws, calls go on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (!_stop.IsCancellationRequested)
            {
                Failed(e);
            }
        }
        finally
        {
            Volatile.Write(ref _claiming, 0);
            claimed.TrySetResult();
        }
    }

    /// <summary>What lasts about a second at the rate of the block in use.</summary>
    private int NextSize()
    {
        var block = Volatile.Read(ref _block);
        var lasted = _settings.TimeProvider.GetElapsedTime(block.Since);
        var needed = block.Count == 0 ? MinBlock
            : lasted <= TimeSpan.Zero ? int.MaxValue
            : block.Taken * (s_blockTime / lasted);
        return (int)Math.Clamp(needed, MinBlock, Math.Min(MaxBlock, Math.Max(MinBlock, (long)block.Count * MaxGrowth)));
    }

    private void Succeeded()
    {
        Volatile.Write(ref _retryAt, 0);
        if (_failures > 0)
        {
            Log.Shared(_logger, _query, _source.Name);
        }

        if (_failures > 0 || !_shared)
        {
            _failures = 0;
            _shared = true;
            Announce(null);
        }
    }

    private void Failed(Exception error)
    {
        _failures++;
        var pause = RestartPause.After(_failures, s_shortestPause, s_longestPause, _settings.Random);
        Volatile.Write(ref _retryAt, _settings.TimeProvider.GetTimestamp() + (long)(pause.TotalSeconds * _settings.TimeProvider.TimestampFrequency));
        if (_failures == 1)
        {
            Log.NotShared(_logger, _query, _source.Name, error.Message);
            Announce(error.Message);
        }
    }

    private void Announce(string? fault)
    {
        var events = _settings.Events;
        if (events.IsObserved)
        {
            events.Publish(new SequenceChanged(events.Now, _query, fault));
        }
    }
}
