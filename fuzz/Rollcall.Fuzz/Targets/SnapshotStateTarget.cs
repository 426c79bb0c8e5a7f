using Rollcall.Agent.Snapshots;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Commands;

namespace Rollcall.Fuzz.Targets;

/// <summary>The records in a snapshot, and a store that takes them.</summary>
internal sealed class SnapshotStateTarget : IFuzzTarget
{
    public string Name => "snapshot-state";

    public IReadOnlyList<string> Tokens =>
        ["\u0080", "\u0081", "\u0090", "\u0091", "\u00A0", "\u00C0", "\u00CF", "\u00DA", "\u00DD", "\u00DF", "\u00A9LastIndex", "\u00A4Node", "\u00A7Service", "\u00A5Check", "\u00A3Key", "\u00A5Value", "\u00A2ID"];

    public int Run(byte[] input)
    {
        if (StateReader.Read(input, out var counts, out var fault) is not { } content)
        {
            BrokenInvariantException.Unless(fault.Length > 0, "every fault has a reason");
            return -1;
        }

        // Whatever it says, the store has to come out whole: what it writes is what it reads.
        var store = new StateStore();
        var restored = store.ApplyAsync(new RestoreState(content));
        BrokenInvariantException.Unless(restored.IsCompletedSuccessfully, "a store in memory applies at once");
        var written = StateWriter.Write(store.Root);
        BrokenInvariantException.Unless(StateReader.Read(written.Span, out _, out _) is not null, "what it writes it reads");
        return (counts.Count * 16) + Math.Min(content.Count, 15);
    }
}
