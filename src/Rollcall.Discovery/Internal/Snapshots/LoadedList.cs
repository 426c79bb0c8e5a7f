using System.Collections.Immutable;

namespace Rollcall.Discovery.Internal.Snapshots;

/// <summary>A list that was read from disk.</summary>
/// <param name="Endpoints">The instances; not empty.</param>
/// <param name="ConfirmedAt">When the source last vouched for them.</param>
internal sealed record LoadedList(ImmutableArray<Endpoint> Endpoints, DateTimeOffset ConfirmedAt);
