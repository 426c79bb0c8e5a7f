namespace Rollcall.Discovery.Internal.Snapshots;

/// <summary>A list as it lies on disk. It holds what the source gave, and nothing of how the source was asked: no token can be in it.</summary>
/// <param name="Source">The source's name.</param>
/// <param name="Query">What was asked, as text.</param>
/// <param name="ConfirmedAt">When the source last vouched for it.</param>
/// <param name="Endpoints">The instances.</param>
internal sealed record StoredList(string Source, string Query, DateTimeOffset ConfirmedAt, IReadOnlyList<StoredEndpoint> Endpoints);
