using Rollcall.Agent.Snapshots;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Records;

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
        var written = Restore(content);
        var again = StateReader.Read(written.Span, out _, out _);
        BrokenInvariantException.Unless(again is not null, "what it writes it reads");

        // A restore is a change of its own, after all that the snapshot holds; both are the same one here.
        again!.LastIndex = content.LastIndex;
        BrokenInvariantException.Unless(Restore(again).Span.SequenceEqual(written.Span), "what it reads is what it wrote");
        return (counts.Count * 16) + Math.Min(content.Count, 15);
    }

    // What a store that takes the records writes of them.
    private static ReadOnlyMemory<byte> Restore(SnapshotContent content)
    {
        var store = new StateStore();
        var restored = store.ApplyAsync(new RestoreState(content));
        BrokenInvariantException.Unless(restored.IsCompletedSuccessfully, "a store in memory applies at once");
        return StateWriter.Write(store.Root);
    }
}
