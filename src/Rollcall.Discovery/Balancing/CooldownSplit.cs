using System.Collections.Immutable;

namespace Rollcall.Discovery.Balancing;

/// <param name="Open">What may be picked.</param>
/// <param name="Cooling">What is left out for now.</param>
/// <param name="NextExpiry">The timestamp at which the first of those is back; <see cref="long.MaxValue"/>: none is out.</param>
/// <param name="Version">The version of the cooldown's memory that this was made from.</param>
internal readonly record struct CooldownSplit(ImmutableArray<Endpoint> Open, ImmutableArray<Endpoint> Cooling, long NextExpiry, int Version);
