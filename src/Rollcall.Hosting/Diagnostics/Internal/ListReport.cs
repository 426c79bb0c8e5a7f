using System.Text.Json;
using Rollcall.Discovery;

namespace Rollcall.Hosting.Diagnostics;

/// <summary>A list of instances. Immutable.</summary>
/// <param name="Freshness"><c>fresh</c>, <c>stale</c>, <c>suspect</c>.</param>
/// <param name="AgeSeconds">How long ago the source vouched for it; 0 while it does.</param>
/// <param name="ConfirmedAt">When that was; of a fresh list, when it last changed.</param>
/// <param name="Index">The source's version of it.</param>
/// <param name="Instances">How many there are.</param>
/// <param name="Reason">Why it is not fresh; null: it is.</param>
/// <param name="Note">What the source has to say of it; null: nothing.</param>
internal sealed record ListReport(
    string Freshness, double AgeSeconds, DateTimeOffset ConfirmedAt, ulong Index, int Instances, string? Reason, string? Note)
{
    public static ListReport Of(EndpointSnapshot snapshot, DateTimeOffset now) => new(
        JsonNamingPolicy.CamelCase.ConvertName(snapshot.Freshness.ToString()),
        snapshot.Freshness == SnapshotFreshness.Fresh ? 0 : Math.Round((now - snapshot.ConfirmedAt).TotalSeconds, 3),
        snapshot.ConfirmedAt,
        snapshot.Index,
        snapshot.Endpoints.Length,
        snapshot.Reason,
        snapshot.Note);
}
