using Rollcall.Consul.Wire;

namespace Rollcall.Hosting.Registration;

/// <summary>What keeps one TTL check up.</summary>
/// <param name="CheckId">The check.</param>
/// <param name="Interval">A third of its TTL: two heartbeats may get lost.</param>
/// <param name="Probe">Asked before each; null: being alive is being well.</param>
internal sealed record Heartbeat(string CheckId, TimeSpan Interval, Func<CancellationToken, ValueTask<CheckUpdate>>? Probe);
