namespace Rollcall.LoadTest.Picks;

/// <param name="Place">How many picks there were between the change and this one.</param>
/// <param name="Nanoseconds">What it takes.</param>
internal readonly record struct SlowestPlace(int Place, int Nanoseconds);
