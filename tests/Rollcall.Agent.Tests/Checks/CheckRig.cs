using System.Runtime.CompilerServices;
using Rollcall.Agent.Checks;
using Rollcall.Agent.Store;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Checks;

/// <summary>A scheduler on a fake clock with a recording sink, and what tests do with it.</summary>
internal sealed class CheckRig : IAsyncDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private readonly LogCollector _logs = new();

    public CheckRig(CheckSchedulerOptions? options = null)
    {
        Options = options ?? new CheckSchedulerOptions { Random = new Random(1) };
        Scheduler = new CheckScheduler(Sink, Store, Time, _logs, Options);
    }

    public CheckSchedulerOptions Options { get; }

    public FakeTimeProvider Time { get; } = new();

    public RecordingSink Sink { get; } = new();

    /// <summary>What aliases follow.</summary>
    public StateStore Store { get; } = new();

    public CheckScheduler Scheduler { get; }

    /// <summary>Starts a probed check and gives its first result.</summary>
    public async Task<(string CheckId, string Status, string Output)> FirstResultAsync(
        CheckSpec spec, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        Scheduler.Start(spec);
        await PassFirstDelayAsync(file, line);
        return await Sink.NextAsync(file, line);
    }

    /// <summary>Waits until the loop of the only check waits for its first probe, and lets exactly that time pass.</summary>
    public async Task PassFirstDelayAsync([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        await Time.WaitForTimersAsync(2, file: file, line: line); // the other one is the reaper's
        Time.Advance(Time.NextTimerDueIn!.Value);
    }

    /// <summary>The result of the probe after that.</summary>
    public async Task<(string CheckId, string Status, string Output)> NextResultAsync(
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        await PassIntervalAsync(file, line);
        return await Sink.NextAsync(file, line);
    }

    /// <summary>Waits until the loop waits for its interval, and lets that pass.</summary>
    public async Task PassIntervalAsync([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        await Time.WaitForTimerDueInAsync(Interval, file: file, line: line);
        Time.Advance(Interval);
    }

    public static CheckSpec Spec(CheckKind kind, string target) => new()
    {
        CheckId = "c1",
        ServiceId = "s1",
        Kind = kind,
        Target = target,
        Interval = Interval,
    };

    public async ValueTask DisposeAsync()
    {
        await Scheduler.DisposeAsync().AsTask().WithinAsync();
        _logs.AssertNoErrors();
    }
}
