using System.Globalization;

namespace Rollcall.LoadTest.Picks;

/// <summary>
/// Nanoseconds of thread CPU time of a pick, with the reading of the clock. What interrupts and switches of threads cost is in it, which a busy
/// machine shows in the slowest of millions, with updates and without: hence how many are that slow, and what picks take by their place after a
/// change, where only what the changes do can show.
/// </summary>
/// <param name="QuietP999">Undisturbed, 99.9 % are at most that.</param>
/// <param name="QuietSlowest">Undisturbed, all are.</param>
/// <param name="QuietOver">Undisturbed, so many of a million took more than ten times <paramref name="QuietP999"/>.</param>
/// <param name="StormP999">With updates, 99.9 %.</param>
/// <param name="StormSlowest">With updates, all.</param>
/// <param name="StormOver">With updates, so many of a million took more than ten times <paramref name="QuietP999"/>.</param>
/// <param name="UpdatesPerSecond">How many lists there were.</param>
/// <param name="Picks">How many picks there were meanwhile.</param>
/// <param name="Changes">How many lists the picks have seen, of which the figures by place are.</param>
/// <param name="KeptP999">As <paramref name="QuietP999"/>, of picks in which the thread kept its processor, as the figures by place are.</param>
/// <param name="SlowestMedian">The place after a change that has the largest median.</param>
/// <param name="SlowestP90">The place where 90 % of the picks took longest.</param>
/// <param name="QuietMedian">As <paramref name="SlowestMedian"/>, after as many changes that are made up.</param>
/// <param name="QuietP90">As <paramref name="SlowestP90"/>, after as many changes that are made up.</param>
internal sealed record UpdateStormReport(
    long QuietP999,
    long QuietSlowest,
    double QuietOver,
    long StormP999,
    long StormSlowest,
    double StormOver,
    double UpdatesPerSecond,
    long Picks,
    int Changes,
    int KeptP999,
    SlowestPlace SlowestMedian,
    SlowestPlace SlowestP90,
    SlowestPlace QuietMedian,
    SlowestPlace QuietP90)
{
    /// <summary>The slowest pick that the changes make, to the undisturbed 99.9 %, both of picks in which the thread kept its processor.</summary>
    public double Ratio => (double)SlowestMedian.Nanoseconds / KeptP999;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        picks of round_robin during {UpdatesPerSecond:0} updates a second, thread CPU time with the reading of the clock
        undisturbed      99.9 % {QuietP999} ns, slowest {QuietSlowest} ns, {QuietOver:0} of a million above 10 x 99.9 %
        with updates     99.9 % {StormP999} ns, slowest {StormSlowest} ns, {StormOver:0} of a million above that limit
        picks in which the thread kept its processor, by their place after each of {Changes} changes, {PicksSinceChange.Places} places
        undisturbed      99.9 % of all {KeptP999} ns; slowest place: median {QuietMedian.Nanoseconds} ns, 90 % {QuietP90.Nanoseconds} ns
        with updates     slowest place: median {SlowestMedian.Nanoseconds} ns (place {SlowestMedian.Place}), 90 % {SlowestP90.Nanoseconds} ns (place {SlowestP90.Place})
        slowest median to the undisturbed 99.9 %: {Ratio:0.00}
        """);
}
