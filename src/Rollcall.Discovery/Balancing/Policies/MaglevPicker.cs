using Rollcall.Discovery.Balancing.Tables;

namespace Rollcall.Discovery.Balancing;

/// <summary>Picks from a Maglev table, which may be replaced when the right one is built.</summary>
/// <param name="input">What the policy was given.</param>
/// <param name="table">The table, or one that stands in for it.</param>
/// <param name="weights">In their lowest terms.</param>
/// <param name="loadFactor">0: no bound.</param>
/// <param name="builds">Where tables of this line of pickers are built in the background; null: they are not.</param>
internal sealed class MaglevPicker(PickerInput input, MaglevTable table, int[] weights, double loadFactor, MaglevBuilds? builds)
    : HashingPicker<MaglevTable>(input, table, weights, loadFactor)
{
    public MaglevBuilds? Builds => builds;
}
