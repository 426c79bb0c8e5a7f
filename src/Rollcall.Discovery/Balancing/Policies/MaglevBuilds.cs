using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Rollcall.Discovery.Balancing.Tables;

namespace Rollcall.Discovery.Balancing;

/// <summary>
/// Builds the large Maglev tables of one line of pickers in the background: one at a time, and next always that of the newest list, so that lists
/// that change faster than tables are built don't pile up. Thread-safe.
/// </summary>
internal sealed partial class MaglevBuilds
{
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private Job? _waiting;
    private Task? _running;
    private volatile Finished? _finished;

    /// <summary>Ends when nothing is left to build.</summary>
    public Task Idle
    {
        get
        {
            lock (_lock)
            {
                return _running ?? Task.CompletedTask;
            }
        }
    }

    /// <summary>What to pick from until the table of a list is built.</summary>
    public MaglevTable Substitute(PickerInput input, int[] weights)
    {
        var known = _finished;
        if (known is null && input.Previous is MaglevPicker { Builds: null, Endpoints.IsEmpty: false } small)
        {
            known = new Finished(small.Endpoints, small.Table);
        }

        if (known is null)
        {
            return MaglevTable.Plain(weights);
        }

        var slots = new Dictionary<Endpoint, int>(input.Endpoints.Length);
        for (var slot = 0; slot < weights.Length; slot++)
        {
            if (weights[slot] > 0)
            {
                slots[input.Endpoints[slot]] = slot;
            }
        }

        int[] newSlots = [.. known.Endpoints.Select(endpoint => slots.GetValueOrDefault(endpoint, -1))];
        return Array.Exists(newSlots, static slot => slot >= 0) ? known.Table.Patch(newSlots) : MaglevTable.Plain(weights);
    }

    /// <summary>Builds the table of a picker and gives it to it, unless a newer picker comes before its turn.</summary>
    public void Start(MaglevPicker picker, int[] weights, int size, ILogger logger)
    {
        lock (_lock)
        {
            _waiting = new Job(picker, weights, size, logger);
            _running ??= Task.Run(Run);
        }
    }

    private void Run()
    {
        while (true)
        {
            Job job;
            lock (_lock)
            {
                if (_waiting is null)
                {
                    _running = null;
                    return;
                }

                job = _waiting;
                _waiting = null;
            }

            try
            {
                var table = MaglevTable.Build(job.Picker.Endpoints, job.Weights, job.Size);
                _finished = new Finished(job.Picker.Endpoints, table);
                job.Picker.Table = table;
            }
#pragma warning disable CA1031 // Most likely there was no memory: the substitute stays, and the table of the next list is built all the same.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Log.TableNotBuilt(job.Logger, e, job.Picker.Endpoints.Length);
            }
        }
    }

    private sealed record Job(MaglevPicker Picker, int[] Weights, int Size, ILogger Logger);

    private sealed record Finished(ImmutableArray<Endpoint> Endpoints, MaglevTable Table);
}
