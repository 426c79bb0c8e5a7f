using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Rollcall.Discovery.Balancing.Canary;
using Rollcall.Discovery.Balancing.Internal;
using Rollcall.Discovery.Balancing.Limits;
using Rollcall.Discovery.Balancing.Localities;
using Rollcall.Discovery.Balancing.SlowStart;
using Rollcall.Discovery.Sequences.Internal;

namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>Runs a roster through the stages that go by health, and gives what is left to the policy. One at a time.</summary>
/// <param name="time">The clock.</param>
/// <param name="observer">Hears of the ends of calls.</param>
/// <param name="sequence">The sequence that all callers of the service share; null: there is none.</param>
/// <param name="logger">For policies.</param>
internal sealed class PickerSetBuilder(TimeProvider time, ICallObserver observer, Func<SharedSequence>? sequence, ILogger logger)
{
    /// <param name="roster">The list after the stages that go by the list alone.</param>
    /// <param name="policy">Makes the pickers.</param>
    /// <param name="healthVersion">Read before the health of the endpoints is.</param>
    /// <param name="previous">What the new set replaces; null for the first.</param>
    /// <param name="now">The time of the build.</param>
    public PickerSet Build(Roster roster, IBalancingPolicy policy, int healthVersion, PickerSet? previous, long now)
    {
        LevelHealth[] healths = [.. roster.Levels.Select(level => LevelHealth.Of(level, now))];
        var shares = LevelShares.Of(
            [.. healths.Select(static health => (health.Healthy, health.Standings.Length))], roster.Options.Locality.OverprovisioningFactor, out var suffice);
        ImmutableArray<HealthSplit> levels = [.. healths.Select(health => new HealthSplit(health, IsInPanic(health, roster, suffice)))];

        var limit = CallLimit.Of(roster.Options);
        if (roster.Options.AdaptiveLimit is { } adaptive)
        {
            foreach (var state in roster.Levels.SelectMany(static level => level.Members.States))
            {
                state.Limit(adaptive, roster.Options.Random, time);
            }
        }

        var groups = ImmutableArray.CreateBuilder<PickGroup>();
        var standBy = EndpointPart.Empty;
        var leftOut = EndpointPart.Empty;
        for (var i = 0; i < levels.Length; i++)
        {
            var level = levels[i];
            leftOut = leftOut.Then(level.LeftOut);

            // Where calls are limited, those on stand-by take what the others have no room for. Not those of whom none is healthy: they are left out.
            if (shares[i] > 0 || (!limit.IsNone && level.Health.Healthy > 0))
            {
                var picker = policy.CreatePicker(Input(level.Open, roster.Options, Previous(previous, level)));
                groups.Add(new PickGroup(level, shares[i], picker, WarmUp.Of(level.Open, roster.Options, time, now), limit)
                {
                    IsOnTrial = (policy as CanaryPolicy)?.SideOf(picker),
                    UsesHashKey = policy.UsesHashKey,
                });
            }

            if (shares[i] == 0)
            {
                standBy = standBy.Then(level.Open);
            }
        }

        return new PickerSet(
            roster,
            policy,
            healthVersion,
            levels,
            groups.DrainToImmutable(),
            [.. new[] { standBy, leftOut }.Where(static part => part.Count > 0).Select(part => new ReservePicker(Input(part, roster.Options, null)))],
            Draw(policy, roster.Options, previous));
    }

    /// <summary>A policy that stays with one endpoint stays with one group: the same for as long as the shares let it.</summary>
    private static double? Draw(IBalancingPolicy policy, ServiceBalancerOptions options, PickerSet? previous) =>
        policy.ConnectionAttemptDelay is null ? null : previous?.Draw ?? options.Random.NextDouble();

    /// <summary>As in Envoy, no level panics while others can take the calls that it can't.</summary>
    private static bool IsInPanic(LevelHealth health, Roster roster, bool suffice) =>
        (roster.Levels.Length == 1 || !suffice)
        && health.Healthy * 100L < (long)roster.Options.PanicThreshold * health.Standings.Length;

    private static EndpointPicker? Previous(PickerSet? previous, HealthSplit level)
    {
        foreach (var group in previous?.Groups ?? [])
        {
            if (group.Split.Health.Level.Name == level.Health.Level.Name)
            {
                return group.Picker;
            }
        }

        return null;
    }

    private PickerInput Input(EndpointPart part, ServiceBalancerOptions options, EndpointPicker? previous) =>
        new(part.Endpoints, previous)
        {
            States = part.States,
            Random = options.Random,
            TimeProvider = time,
            Observer = observer,
            Sequence = sequence,
            Logger = logger,
        };
}
