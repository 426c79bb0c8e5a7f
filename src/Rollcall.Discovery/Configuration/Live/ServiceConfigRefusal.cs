namespace Rollcall.Discovery.Configuration.Live;

/// <summary>A service config that is not in force because it is wrong. Immutable.</summary>
/// <param name="Origin">Where it is kept.</param>
/// <param name="Fault">All that is wrong with it, in one message.</param>
/// <param name="Since">When it was read.</param>
public sealed record ServiceConfigRefusal(string Origin, string Fault, DateTimeOffset Since);
