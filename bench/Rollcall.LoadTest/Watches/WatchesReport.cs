namespace Rollcall.LoadTest.Watches;

/// <summary>What a process holds that follows many services, and what a change costs it.</summary>
/// <param name="Services">How many it follows.</param>
/// <param name="Instances">How many instances they have together.</param>
/// <param name="OpenQueries">The most requests that were open at the agent at once.</param>
/// <param name="BytesPerInstance">Live bytes more than before, by instance: the lists, the watches, the pickers and the open requests.</param>
/// <param name="UpdateMs">The median time in which an answer with one change becomes the list and the picker of a service.</param>
/// <param name="UpdateP99Ms">99 % of the changes took no longer.</param>
internal sealed record WatchesReport(
    int Services, int Instances, long OpenQueries, double BytesPerInstance, double UpdateMs, double UpdateP99Ms);
