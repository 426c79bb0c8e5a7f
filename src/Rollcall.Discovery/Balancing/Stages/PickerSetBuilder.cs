using System.Collections.Immutable;

namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>Runs a roster through the stages that go by health, and gives what is left to the policy. One at a time.</summary>
internal sealed class PickerSetBuilder(TimeProvider time, ICallObserver observer)
{
    /// <param name="roster">The list after the stages that go by the list alone.</param>
    /// <param name="policy">Makes the pickers.</param>
    /// <param name="healthVersion">Read before the health of the endpoints is.</param>
    /// <param name="previous">What the new set replaces; null for the first.</param>
    /// <param name="now">The time of the build.</param>
    public PickerSet Build(Roster roster, IBalancingPolicy policy, int healthVersion, PickerSet? previous, long now)
    {
        var groups = ImmutableArray.CreateBuilder<PickGroup>(roster.Levels.Length);
        var reserve = EndpointPart.Empty;
        foreach (var level in roster.Levels)
        {
            var split = HealthSplit.Of(level, roster.Options.PanicThreshold, now);
            groups.Add(new PickGroup(split, 1, policy.CreatePicker(Input(split.Open, roster.Options, Previous(previous, level)))));
            reserve = reserve.Then(split.LeftOut);
        }

        var reservePicker = reserve.Count == 0 ? null : new ReservePicker(Input(reserve, roster.Options, null));
        return new PickerSet(roster, policy, healthVersion, groups.DrainToImmutable(), reservePicker);
    }

    private static EndpointPicker? Previous(PickerSet? previous, RosterLevel level)
    {
        foreach (var group in previous?.Groups ?? [])
        {
            if (group.Split.Level.Name == level.Name)
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
        };
}
