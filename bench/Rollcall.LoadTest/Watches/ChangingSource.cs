using System.Globalization;
using System.Runtime.CompilerServices;
using Rollcall.Discovery;
using Rollcall.LoadTest.Picks;

namespace Rollcall.LoadTest.Watches;

/// <summary>A list in which one instance after the other is replaced, as fast as the directory takes the answers; measures what it computes for each.</summary>
internal sealed class ChangingSource(int instances, int changes) : IEndpointSource
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Name => "a changing list";

    /// <summary>What each change took of its thread. To be read when <see cref="DoneAsync"/> has ended.</summary>
    public List<TimeSpan> Times { get; } = [];

    public Task DoneAsync() => _done.Task;

    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(ServiceQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var change = 0; change <= changes; change++)
        {
            // Every answer is made of new objects, as one from the wire is.
            var update = new EndpointUpdate { Index = (ulong)change + 1, Endpoints = [.. Enumerable.Range(0, instances).Select(i => Instance(i, change))] };
            var begun = ThreadClock.Nanoseconds();
            yield return update;
            Times.Add(TimeSpan.FromTicks((ThreadClock.Nanoseconds() - begun) / 100));
        }

        _done.SetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }

    private Endpoint Instance(int number, int change)
    {
        // The change-th instance has been replaced by one with another port.
        var generation = (change + instances - 1 - number) / instances;
        return new Endpoint(string.Create(CultureInfo.InvariantCulture, $"i{number}"), "10.0.0.1", 10_000 + (generation % 2 * 20_000) + number)
        {
            ServiceName = "changing",
            Node = "node",
            Tags = ["v1"],
        };
    }
}
