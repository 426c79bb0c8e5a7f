using System.Collections.Immutable;

namespace Rollcall.Discovery;

/// <summary>What an <see cref="EndpointDirectory"/> knows, and what its callers make of it, at one moment: for dashboards and diagnostics. Immutable.</summary>
/// <param name="Time">The moment.</param>
/// <param name="SourceName">Where the lists come from.</param>
/// <param name="Services">Each query that is watched, by the name of its service.</param>
public sealed record DirectoryDescription(DateTimeOffset Time, string SourceName, ImmutableArray<ServiceDescription> Services);
