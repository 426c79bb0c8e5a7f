using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery;

/// <summary>Settings of an <see cref="EndpointDirectory"/>. Read once, at construction.</summary>
public sealed class EndpointDirectoryOptions
{
    /// <summary>Wait before a failed watch is started again, before jitter; doubles with each further failure.</summary>
    /// <value>Default 250 milliseconds. From 1 millisecond.</value>
    public TimeSpan MinBackoff { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Longest wait between two attempts of a failed watch, while it is the only one: while several have failed, so many times as long, up to 20
    /// times, so that together they ask little more often than one. The first that gets an answer wakes the others.
    /// </summary>
    /// <value>Default 1.5 seconds. At least <see cref="MinBackoff"/>.</value>
    public TimeSpan MaxBackoff { get; set; } = TimeSpan.FromSeconds(1.5);

    /// <summary>
    /// How long the last good list is held when the source answers with an empty list, or less than half of it, at a moment when the answer
    /// is in doubt: no known leader, an index that went backwards, or an outage that ended no longer ago than this time. It is served together
    /// with what the answers do contain, until an answer has as many instances again or the time is over: then the answer is believed.
    /// A list that empties without doubt is believed at once.
    /// </summary>
    /// <value>Default 30 seconds. Zero: believe everything.</value>
    public TimeSpan CollapseHold { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Pause after an answer that changed nothing, so that a source that answers all the time is not asked all the time.</summary>
    /// <value>Default 100 milliseconds. Zero: no pause.</value>
    public TimeSpan UnchangedPause { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// A directory where the lists that the source vouches for are kept, for a start while the source is down: they are used, as stale ones, when the
    /// source fails at the first attempt or is silent for a second. What is read is checked, what is written is whole after a power cut, and nobody
    /// else may read it. It may be shared by processes; no token goes into it. Null: none.
    /// </summary>
    /// <value>Default null. Made when it is missing; one that can't be written to is told by a warning at the start.</value>
    public string? SnapshotDirectory { get; set; }

    /// <summary>How old a kept list may be, counted from when the source last vouched for it. Older ones are removed.</summary>
    /// <value>Default 1 day. From 1 minute.</value>
    public TimeSpan MaxSnapshotAge { get; set; } = TimeSpan.FromDays(1);

    /// <summary>What is wrong with these options, one sentence for each fault; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new OptionFaults();
        faults.AtLeast(MinBackoff, TimeSpan.FromMilliseconds(1), nameof(MinBackoff));
        faults.AtLeast(MaxBackoff, MinBackoff, nameof(MaxBackoff));
        faults.AtLeast(CollapseHold, TimeSpan.Zero, nameof(CollapseHold));
        faults.AtLeast(UnchangedPause, TimeSpan.Zero, nameof(UnchangedPause));
        faults.AtLeast(MaxSnapshotAge, TimeSpan.FromMinutes(1), nameof(MaxSnapshotAge));
        faults.Require(
            SnapshotDirectory is null || !string.IsNullOrWhiteSpace(SnapshotDirectory), $"{nameof(SnapshotDirectory)} is empty: give it a path, or null for none");
        return faults.All;
    }
}
