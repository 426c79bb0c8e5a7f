using Rollcall.Discovery.Sequences;

namespace Rollcall.Discovery.Tests.Sequences;

/// <summary>A sequence in memory, which can fail and counts how often it is asked. Thread-safe.</summary>
internal sealed class CountedSequence : ISequenceSource
{
    private readonly Lock _lock = new();
    private long _next;
    private int _blocks;
    private int _asked;

    public string Name => "the counted sequence";

    public int Asked => Volatile.Read(ref _asked);

    /// <summary>The first number that nobody has.</summary>
    public long Claimed => Volatile.Read(ref _next);

    /// <summary>Thrown by every claim while it is set.</summary>
    public Exception? Down { get; set; }

    /// <summary>While it is set, claims wait for it.</summary>
    public Task? Gate { get; set; }

    public async ValueTask<SequenceBlock> ClaimAsync(ServiceQuery query, int count, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _asked);
        if (Gate is { } gate)
        {
            await gate.WaitAsync(cancellationToken);
        }

        if (Down is { } down)
        {
            throw down;
        }

        lock (_lock)
        {
            var block = new SequenceBlock(_next, count, _blocks++);
            _next += count;
            return block;
        }
    }
}
