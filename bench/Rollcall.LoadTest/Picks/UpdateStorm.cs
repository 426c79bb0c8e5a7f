using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;

namespace Rollcall.LoadTest.Picks;

/// <summary>Picks one by one through a balancer of 1,000 endpoints, first undisturbed, then while its list changes 100 times a second.</summary>
internal static class UpdateStorm
{
    private const int Length = 1000;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);

    public static async Task<UpdateStormReport> RunAsync(string policy, TimeSpan duration)
    {
        var source = new ManualSource();
        await using var directory = new EndpointDirectory(source, new EndpointDirectoryOptions { UnchangedPause = TimeSpan.Zero });
        await using var balancer = new ServiceBalancer(directory.Watch(new ServiceQuery("storm")), BalancingPolicies.Find(policy));
        var all = PickSubject.List(Length + 1, weighted: false);
        source.Publish(all[..Length]);
        await balancer.Watch.FirstAsync();
        (await balancer.PickAsync(default)).Complete(new CallOutcome(CallResult.Success, TimeSpan.Zero));

        // Room for a few more than there will be.
        var maxChanges = (int)(duration / s_pause * 1.1) + 10;
        _ = await Picks(balancer, TimeSpan.FromSeconds(0.5), new PicksSinceChange(maxChanges: 1), changes: false);
        var undisturbed = new PicksSinceChange(maxChanges);
        var quiet = await Picks(balancer, duration, undisturbed, changes: false);
        using var stop = new CancellationTokenSource();
        var updates = 0;
        var updater = Task.Run(async () =>
        {
            using var timer = new PeriodicTimer(s_pause, TimeProvider.System);
            while (!stop.IsCancellationRequested)
            {
                source.Publish(++updates % 2 == 0 ? all[..Length] : all[1..]);
                await timer.WaitForNextTickAsync(CancellationToken.None);
            }
        });
        var disturbed = new PicksSinceChange(maxChanges);
        var stormy = await Picks(balancer, duration, disturbed, changes: true);
        await stop.CancelAsync();
        await updater;
        var limit = 10 * quiet.At(0.999);
        return new UpdateStormReport(
            quiet.At(0.999),
            quiet.Slowest,
            quiet.PartOver(limit),
            stormy.At(0.999),
            stormy.Slowest,
            stormy.PartOver(limit),
            updates / duration.TotalSeconds,
            stormy.Count,
            disturbed.Changes,
            undisturbed.Overall(0.999),
            disturbed.Slowest(0.5),
            disturbed.Slowest(0.9),
            undisturbed.Slowest(0.5),
            undisturbed.Slowest(0.9));
    }

    /// <summary>Picks for so long, and until there was a change: a thread on a busy machine may get next to no time at first.</summary>
    /// <param name="balancer">From what.</param>
    /// <param name="duration">How long, at least.</param>
    /// <param name="sinceChange">Is told of each pick by its place after the change of the list that it is the first to see, or comes after.</param>
    /// <param name="changes">Whether the list changes. If not, a change is made up now and then, to have the same figures without any.</param>
    private static Task<Histogram> Picks(ServiceBalancer balancer, TimeSpan duration, PicksSinceChange sinceChange, bool changes)
    {
        // A thread of its own: the pool's may be busy with the updates.
        var done = new TaskCompletionSource<Histogram>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            var taken = new Histogram();
            var outcome = new CallOutcome(CallResult.Success, TimeSpan.FromMilliseconds(1));
            EndpointPicker? seen = null;
            var sinceMadeUp = 0;
            var switches = ThreadClock.Switches();
            var end = System.Diagnostics.Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * System.Diagnostics.Stopwatch.Frequency);
            while (System.Diagnostics.Stopwatch.GetTimestamp() < end || sinceChange.Changes == 0)
            {
                for (var i = 0; i < 1000; i++)
                {
                    var started = ThreadClock.Nanoseconds();
                    var found = balancer.TryPick(new PickContext { HashKey = (ulong)i }, out var lease);
                    var ended = ThreadClock.Nanoseconds();
                    if (!found)
                    {
                        done.SetException(new InvalidOperationException("A pick found nothing."));
                        return;
                    }

                    lease.Complete(outcome);
                    taken.Add(ended - started);
                    if (changes ? !ReferenceEquals(lease.Picker, seen) : sinceMadeUp++ % PicksSinceChange.Places == 0)
                    {
                        // The picker of the phase before is no change.
                        if (seen is not null)
                        {
                            sinceChange.Change();
                        }

                        seen = lease.Picker;
                    }

                    var switchesNow = ThreadClock.Switches();
                    sinceChange.Add(switchesNow == switches ? ended - started : null);
                    switches = switchesNow;
                }
            }

            done.SetResult(taken);
        }).Start();
        return done.Task;
    }

    private sealed class Histogram
    {
        private readonly int[] _byNanosecond = new int[100_000];

        public long Slowest { get; private set; }

        public long Count { get; private set; }

        public void Add(long nanoseconds)
        {
            Count++;
            Slowest = Math.Max(Slowest, nanoseconds);
            _byNanosecond[Math.Clamp(nanoseconds, 0, _byNanosecond.Length - 1)]++;
        }

        /// <summary>How many of a million were slower.</summary>
        public double PartOver(int nanoseconds) => _byNanosecond.AsSpan(Math.Min(nanoseconds, _byNanosecond.Length - 1)).ToArray().Sum() * 1e6 / Count;

        public int At(double part)
        {
            var left = Count * part;
            var at = 0;
            while ((left -= _byNanosecond[at]) > 0)
            {
                at++;
            }

            return at;
        }
    }

    private sealed class ManualSource : IEndpointSource
    {
        private readonly Channel<ImmutableArray<Endpoint>> _updates = Channel.CreateUnbounded<ImmutableArray<Endpoint>>();

        public string Name => "a list that changes";

        public void Publish(ImmutableArray<Endpoint> endpoints) => _updates.Writer.TryWrite(endpoints);

        public async IAsyncEnumerable<EndpointUpdate> WatchAsync(ServiceQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var endpoints in _updates.Reader.ReadAllAsync(cancellationToken))
            {
                yield return new EndpointUpdate { Endpoints = endpoints };
            }
        }
    }
}
