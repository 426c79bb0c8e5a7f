using System.Globalization;
using Rollcall.Discovery.Balancing.Stages;

namespace Rollcall.Discovery.Balancing.Ejection;

/// <summary>
/// Counts how calls end and decides which endpoints are ejected, and for how long. Counting takes no lock; decisions do, and they are rare.
/// Thread-safe.
/// </summary>
internal sealed class OutlierDetector(TimeProvider time)
{
    // A peer may have chosen it.
    private const int LongestCause = 200;

    private readonly Lock _lock = new();

    // Replaced under _lock; read without it where calls end.
    private Roster? _roster;

    // A timestamp; 0: no call has ended since the last interval that had none, and nothing runs. Set under _lock, or from 0 by a call's end.
    private long _intervalEnd;

    /// <summary>When <see cref="Judge"/> is due; <see cref="long.MaxValue"/>: not at all.</summary>
    public long NextInterval => Volatile.Read(ref _intervalEnd) is not 0 and var end ? end : long.MaxValue;

    /// <summary>From now on it is these endpoints that are judged, by the options that come with them.</summary>
    public void Follow(Roster roster)
    {
        lock (_lock)
        {
            var old = _roster?.Options.OutlierEjection;
            Volatile.Write(ref _roster, roster);
            var options = roster.Options.OutlierEjection;
            if (!options.ComparesAtIntervals)
            {
                Volatile.Write(ref _intervalEnd, 0);
            }
            else if (_intervalEnd != 0 && old is not null && old.Interval != options.Interval)
            {
                Volatile.Write(ref _intervalEnd, time.After(time.GetTimestamp(), options.Interval));
            }
        }
    }

    /// <summary>A call has ended.</summary>
    /// <param name="health">Of its endpoint.</param>
    /// <param name="outcome">How.</param>
    /// <param name="startsInterval">Whether <see cref="NextInterval"/> is new.</param>
    /// <returns>The ejection that follows; null for none.</returns>
    public EjectionNotice? OnCompleted(EndpointHealth health, in CallOutcome outcome, out bool startsInterval)
    {
        startsInterval = false;
        if (Volatile.Read(ref _roster)?.Options.OutlierEjection is not { IsOff: false } options)
        {
            return null;
        }

        if (options.ComparesAtIntervals)
        {
            Count(health, outcome, options);
            startsInterval = Volatile.Read(ref _intervalEnd) == 0
                && Interlocked.CompareExchange(ref _intervalEnd, time.After(time.GetTimestamp(), options.Interval), 0) == 0;
        }

        switch (outcome.Result)
        {
            case CallResult.Success:
                health.EndFailures();
                return null;

            // Not for each one that follows: when the ejection is not allowed, it would be asked for at the end of every call.
            case CallResult.Failure when options.ConsecutiveFailures > 0 && health.AddFailure() % options.ConsecutiveFailures == 0:
                return EjectForFailures(health, outcome.Reason);

            default:
                return null;
        }
    }

    /// <summary>Ends the interval, if it is over: compares the endpoints by what was counted.</summary>
    public IReadOnlyList<EjectionNotice> Judge(long now)
    {
        lock (_lock)
        {
            if (_roster is not { } roster || now < NextInterval)
            {
                return [];
            }

            var options = roster.Options.OutlierEjection;
            var ejections = new List<EjectionNotice>();
            var hadCalls = false;
            foreach (var level in roster.Levels)
            {
                var records = Collect(level.Members, ref hadCalls);
                JudgeLocked(roster, level.Members, records, ejections, now);
            }

            Volatile.Write(ref _intervalEnd, hadCalls ? time.After(now, options.Interval) : 0);
            return ejections;
        }
    }

    /// <summary>Ends the ejections whose time is over, or all when no rule is on any more.</summary>
    /// <returns>The endpoints that are back.</returns>
    public IReadOnlyList<Endpoint> Readmit(long now)
    {
        lock (_lock)
        {
            List<Endpoint>? back = null;
            var all = _roster is { } roster && roster.Options.OutlierEjection.IsOff;
            foreach (var level in _roster?.Levels ?? [])
            {
                for (var i = 0; i < level.Members.Count; i++)
                {
                    var health = level.Members.States[i].Health;
                    if (health.Ejection is { IsOver: false } ejection && (all || now >= ejection.Until))
                    {
                        health.Ejection = ejection with { IsOver = true, Until = Math.Min(now, ejection.Until) };
                        (back ??= []).Add(level.Members.Endpoints[i]);
                    }
                }
            }

            return back ?? [];
        }
    }

    private static void Count(EndpointHealth health, in CallOutcome outcome, OutlierEjectionOptions options)
    {
        var tally = health.EnsureTally();
        switch (outcome.Result)
        {
            case CallResult.Success:
                tally.AddSuccess();
                break;
            case CallResult.Failure:
                tally.AddFailure();
                break;
        }

        if (options.Latency is not null && outcome.TimeTaken is { } taken)
        {
            tally.AddLatency(taken);
        }
    }

    private static IntervalRecord[] Collect(EndpointPart members, ref bool hadCalls)
    {
        var records = new IntervalRecord[members.Count];
        for (var i = 0; i < records.Length; i++)
        {
            var health = members.States[i].Health;
            records[i] = health.Tally?.Take() ?? IntervalRecord.None;
            if (records[i].Calls + records[i].Timed > 0)
            {
                health.LastInterval = records[i];
                hadCalls = true;
            }
        }

        return records;
    }

    private void JudgeLocked(Roster roster, EndpointPart members, IntervalRecord[] records, List<EjectionNotice> ejections, long now)
    {
        var options = roster.Options.OutlierEjection;
        if (options.SuccessRate is { } successRate)
        {
            Eject(SuccessRateRule.Find(records, successRate), successRate.EnforcementPercent);
        }

        if (options.FailurePercentage is { } failurePercentage)
        {
            Eject(FailurePercentageRule.Find(records, failurePercentage), failurePercentage.EnforcementPercent);
        }

        if (options.Latency is { } latency)
        {
            Eject(LatencyRule.Find(records, latency), latency.EnforcementPercent);
        }

        void Eject(IReadOnlyList<Outlier> outliers, int enforcementPercent)
        {
            foreach (var outlier in outliers)
            {
                if ((enforcementPercent == 100 || roster.Options.Random.Next(100) < enforcementPercent)
                    && TryEjectLocked(roster, members, outlier.Member, outlier.Reason, now) is { } ejection)
                {
                    ejections.Add(ejection);
                }
            }
        }
    }

    private EjectionNotice? EjectForFailures(EndpointHealth health, string? cause)
    {
        var now = time.GetTimestamp();
        var failures = health.FailuresInARow;
        var reason = string.Create(CultureInfo.InvariantCulture, $"{failures} {(failures == 1 ? "call" : "calls")} in a row failed{Last(cause)}");
        lock (_lock)
        {
            foreach (var level in _roster?.Levels ?? [])
            {
                for (var i = 0; i < level.Members.Count; i++)
                {
                    if (ReferenceEquals(level.Members.States[i].Health, health))
                    {
                        return StandsOutLocked(_roster!, level.Members, i)
                            ? TryEjectLocked(_roster!, level.Members, i, reason, now)
                            : null;
                    }
                }
            }

            // No longer listed.
            return null;
        }
    }

    private static string Last(string? cause)
    {
        if (string.IsNullOrWhiteSpace(cause))
        {
            return "";
        }

        cause = cause.ReplaceLineEndings(" ").Trim();
        return $", the last with {(cause.Length <= LongestCause ? cause : string.Concat(cause.AsSpan(0, LongestCause - 1), "…"))}";
    }

    /// <summary>Whether at least half of the others do well. Where all fail alike the fault is elsewhere, and nobody would be better off.</summary>
    private static bool StandsOutLocked(Roster roster, EndpointPart members, int member)
    {
        var half = (roster.Options.OutlierEjection.ConsecutiveFailures + 1) / 2;
        var others = 0;
        var well = 0;

        // An endpoint that has no equals is compared with the more distant ones.
        foreach (var level in roster.Levels)
        {
            if (members.Count > 1 && !ReferenceEquals(level.Members, members))
            {
                continue;
            }

            foreach (var state in level.Members.States)
            {
                if (!ReferenceEquals(state, members.States[member]))
                {
                    others++;
                    well += !state.Health.IsEjected && state.Health.FailuresInARow < half ? 1 : 0;
                }
            }
        }

        return others > 0 && well * 2 >= others;
    }

    private EjectionNotice? TryEjectLocked(Roster roster, EndpointPart members, int member, string reason, long now)
    {
        var options = roster.Options.OutlierEjection;
        var health = members.States[member].Health;
        var all = roster.Levels.Sum(static level => level.Members.Count);
        var ejected = roster.Levels.Sum(static level => CountEjected(level.Members));

        // Of each group, so that the nearest does not bear what is allowed of all; of all, because one of each may be most of them.
        if (health.IsEjected || all - ejected <= 1 || ejected >= Allowed(all) || CountEjected(members) >= Allowed(members.Count))
        {
            return null;
        }

        var multiplier = health.Ejection?.NextMultiplier(now, time.ToTimestamp(options.Interval)) ?? 1;
        var longest = options.MaxEjectionTime > options.BaseEjectionTime ? options.MaxEjectionTime : options.BaseEjectionTime;
        var duration = multiplier < longest / options.BaseEjectionTime ? options.BaseEjectionTime * multiplier : longest;
        health.Ejection = new EjectionState(reason, time.After(now, duration), multiplier, IsOver: false);
        health.EndFailures();
        return new EjectionNotice(members.Endpoints[member], reason, duration);

        int Allowed(int count) => options.MaxEjectionPercent == 0 ? 0 : Math.Max(1, count * options.MaxEjectionPercent / 100);

        static int CountEjected(EndpointPart part) => part.States.Count(static s => s.Health.IsEjected);
    }
}
