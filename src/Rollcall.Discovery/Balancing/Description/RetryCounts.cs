using Rollcall.Discovery.Events;

namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>How many attempts of a caller were followed by another one, since the caller was made, by why.</summary>
/// <param name="Moved">As <see cref="AttemptFate.Moved"/>.</param>
/// <param name="Retried">As <see cref="AttemptFate.Retried"/>.</param>
/// <param name="Hedged">As <see cref="AttemptFate.Hedged"/>.</param>
public readonly record struct RetryCounts(long Moved, long Retried, long Hedged);
