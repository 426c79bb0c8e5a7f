namespace Rollcall.LoadTest.Picks;

/// <summary>
/// Nanoseconds of thread CPU time of a pick, with the reading of the clock. What interrupts and switches of threads cost is in it, which a busy
/// machine shows in the slowest of millions, with updates and without: hence how many are that slow.
/// </summary>
/// <param name="QuietP999">Undisturbed, 99.9 % are at most that.</param>
/// <param name="QuietSlowest">Undisturbed, all are.</param>
/// <param name="QuietOver">Undisturbed, so many of a million took more than ten times <paramref name="QuietP999"/>.</param>
/// <param name="StormP999">With updates, 99.9 %.</param>
/// <param name="StormSlowest">With updates, all.</param>
/// <param name="StormOver">With updates, so many of a million took more than ten times <paramref name="QuietP999"/>.</param>
/// <param name="UpdatesPerSecond">How many lists there were.</param>
/// <param name="Picks">How many picks there were meanwhile.</param>
internal sealed record UpdateStormReport(
    long QuietP999,
    long QuietSlowest,
    double QuietOver,
    long StormP999,
    long StormSlowest,
    double StormOver,
    double UpdatesPerSecond,
    long Picks);
