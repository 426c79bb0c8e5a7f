using Rollcall.Agent.Snapshots;

namespace Rollcall.Fuzz.Targets;

/// <summary>Archives of snapshots.</summary>
internal sealed class SnapshotTarget : IFuzzTarget
{
    public string Name => "snapshot";

    public IReadOnlyList<string> Tokens => ["\u001F\u008B\u0008", "meta.json", "state.bin", "SHA256SUMS", "ustar", "\0"];

    public int Run(byte[] input)
    {
        if (SnapshotArchive.Read(input, out var meta, out var state) is { } fault)
        {
            BrokenInvariantException.Unless(fault.StartsWith("failed to ", StringComparison.Ordinal), "every fault says what failed");
            return -fault.Length;
        }

        BrokenInvariantException.Unless(meta is not null, "what is whole says what it is");
        return StateReader.Read(state, out var counts, out _) is null ? 0 : 1 + counts.Count;
    }
}
