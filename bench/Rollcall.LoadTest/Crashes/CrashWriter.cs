using System.Globalization;
using Rollcall.Consul;

namespace Rollcall.LoadTest.Crashes;

/// <summary>Changes something of its own again and again, and knows how far the agent has said that it got.</summary>
internal abstract class CrashWriter(int number)
{
    // What is read goes at the cost of what is written.
    private const int WritesPerRead = 8;

    private TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // What there is by all that was acknowledged, and what else there may be: one write was on its way at the kill, and may have been made.
    private string _state = None;
    private string? _pending;
    private IReadOnlyList<ulong> _indexes = [];

    /// <summary>Writes that the agent said it made.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>What was read while it wrote, and was not what had been acknowledged.</summary>
    public long NotRead { get; private set; }

    /// <summary>Indexes that were lower than one that was shown before, while it wrote.</summary>
    public long Backwards { get; private set; }

    /// <summary>The state where there is nothing.</summary>
    protected const string None = "none";

    /// <summary>A name that no other writer has.</summary>
    protected string Name { get; } = string.Create(CultureInfo.InvariantCulture, $"crash-{number}");

    /// <summary>Counts upwards, so that no two writes are the same.</summary>
    protected long Step { get; private set; }

    /// <summary>Completes when the first write since the last check was acknowledged.</summary>
    public Task HasWrittenAsync() => _written.Task;

    /// <summary>Writes until the agent is gone. What else goes wrong is thrown.</summary>
    public async Task WriteUntilBrokenAsync(ConsulClient consul, CancellationToken cancel)
    {
        try
        {
            for (var writes = 1; ; writes++)
            {
                Step++;
                await WriteAsync(consul, cancel);
                if (writes % WritesPerRead == 0)
                {
                    var (state, indexes) = await ReadAsync(consul, cancel);
                    NotRead += state == _state ? 0 : 1;
                    Backwards += Note(indexes);
                }
            }
        }
        catch (ConsulException broken) when (broken.Origin != ConsulErrorOrigin.Server)
        {
        }
    }

    /// <summary>Compares what the agent holds with what it acknowledged before it was killed.</summary>
    public async Task<(bool Lost, bool Backwards)> CheckAsync(ConsulClient consul, CancellationToken cancel)
    {
        var (state, indexes) = await ReadAsync(consul, cancel);
        var isLost = state != _state && state != _pending;
        (_state, _pending) = (state, null);
        _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return (isLost, Note(indexes) > 0);
    }

    /// <summary>Changes what there is by <see cref="ChangeAsync"/>, once or more often.</summary>
    protected abstract Task WriteAsync(ConsulClient consul, CancellationToken cancel);

    /// <summary>What there is now, and the index of each answer that said so.</summary>
    protected abstract Task<(string State, IReadOnlyList<ulong> Indexes)> ReadAsync(ConsulClient consul, CancellationToken cancel);

    /// <summary>One write.</summary>
    /// <param name="state">What there is after it.</param>
    /// <param name="write">Completes when it is acknowledged.</param>
    protected async Task ChangeAsync(string state, Func<Task> write)
    {
        _pending = state;
        await write();
        (_state, _pending) = (state, null);
        Acknowledged++;
        _written.TrySetResult();
    }

    private int Note(IReadOnlyList<ulong> indexes)
    {
        var lower = _indexes.Zip(indexes).Count(static pair => pair.Second < pair.First);
        _indexes = indexes;
        return lower;
    }
}
