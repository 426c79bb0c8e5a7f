using System.Collections.Concurrent;
using Rollcall.TestKit;

namespace Rollcall.Hosting.Tests;

/// <summary>Two callers without a pause between their calls. A call that fails ends its caller, and the test with what it says.</summary>
internal sealed class SteadyCallers : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<Task<string>> _call;
    private readonly Task _callers;
    private volatile ConcurrentDictionary<string, int> _answered = new();

    /// <param name="call">Makes a call, and says which instance answered.</param>
    public SteadyCallers(Func<Task<string>> call)
    {
        _call = call;
        _callers = Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(CallAsync)));
    }

    /// <summary>Waits until so many instances answer, all of twenty calls in a row.</summary>
    public async Task AnswerAsync(int instances)
    {
        await Eventually.TrueAsync(
            async () =>
            {
                var answered = _answered = new ConcurrentDictionary<string, int>();
                await Eventually.TrueAsync(() => answered.Values.Sum() >= 20 || _callers.IsCompleted);
                return answered.Count == instances || _callers.IsCompleted;
            });
        if (_callers.IsCompleted)
        {
            await _callers;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _callers.WithinAsync();
        _stop.Dispose();
    }

    private async Task CallAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var answered = _answered;
            answered.AddOrUpdate(await _call(), 1, static (_, n) => n + 1);
        }
    }
}
