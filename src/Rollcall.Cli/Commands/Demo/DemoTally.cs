using System.Collections.Concurrent;
using Rollcall.Cli.Commands.Demo.Protocol;

namespace Rollcall.Cli.Commands.Demo;

/// <summary>Counts the calls of a run. Safe from many threads; its size depends on the number of instances only.</summary>
internal sealed class DemoTally(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, InstanceTally> _instances = new(StringComparer.Ordinal);
    private readonly LatencyHistogram _latency = new();
    private readonly TaskCompletionSource _replacementAnswered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _startedAt;
    private long _calls;
    private long _failed;
    private long _retried;
    private long _killedAt;
    private long _recoveredAt;
    private string? _replacement;

    /// <summary>Calls that have ended, with or without success.</summary>
    public long Calls => Interlocked.Read(ref _calls);

    /// <summary>On average since <see cref="MarkStarted"/>.</summary>
    public double CallsPerSecond =>
        Volatile.Read(ref _startedAt) is var start and not 0 ? Calls / Math.Max(0.001, time.GetElapsedTime(start).TotalSeconds) : 0;

    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Attempts that ended without an answer and whose call went on to another attempt.</summary>
    public long Retried => Interlocked.Read(ref _retried);

    public TimeSpan P50 => _latency.Percentile(0.5);

    public TimeSpan P99 => _latency.Percentile(0.99);

    /// <summary>Instances that were killed.</summary>
    public int Killed => Volatile.Read(ref _replacement) is null ? 0 : 1;

    /// <summary>In the order of their ids.</summary>
    public IReadOnlyList<InstanceTally> Instances => [.. _instances.Values.OrderBy(static tally => tally.Id, StringComparer.Ordinal)];

    /// <summary>Completes when the instance named to <see cref="MarkKilled"/> has answered its first call.</summary>
    public Task ReplacementAnswered => _replacementAnswered.Task;

    /// <summary>From the kill to the first answer of the replacement; null until then.</summary>
    public TimeSpan? Recovered => ReplacementAnswered.IsCompleted ? time.GetElapsedTime(Volatile.Read(ref _killedAt), Volatile.Read(ref _recoveredAt)) : null;

    /// <summary>Shows an instance from the start, with zero calls.</summary>
    public void Expect(string instance) => _instances.TryAdd(instance, new InstanceTally(instance));

    /// <summary>Shows what has become of an instance.</summary>
    public void MarkState(string instance, InstanceState state) => _instances.GetOrAdd(instance, static id => new InstanceTally(id)).State = state;

    /// <summary>Starts the clock of the rate.</summary>
    public void MarkStarted() => Volatile.Write(ref _startedAt, time.GetTimestamp());

    /// <summary>Starts the clock of the recovery.</summary>
    public void MarkKilled(string replacement)
    {
        Volatile.Write(ref _killedAt, time.GetTimestamp());
        Volatile.Write(ref _replacement, replacement);
    }

    public void RecordAnswer(HelloReply reply, TimeSpan latency)
    {
        Interlocked.Increment(ref _calls);
        _latency.Record(latency);
        var first = _instances.GetOrAdd(reply.Instance, static id => new InstanceTally(id)).Record(latency);
        if (first && reply.Instance == Volatile.Read(ref _replacement))
        {
            Volatile.Write(ref _recoveredAt, time.GetTimestamp());
            _replacementAnswered.TrySetResult();
        }
    }

    public void RecordFailure()
    {
        Interlocked.Increment(ref _calls);
        Interlocked.Increment(ref _failed);
    }

    public void RecordRetry() => Interlocked.Increment(ref _retried);
}
