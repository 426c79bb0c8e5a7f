namespace Rollcall.Interop.Tests.Peers;

/// <summary>What a foreign client told of its cases: <c>CASE ok</c>, or <c>CASE failed</c> and on the next lines why.</summary>
/// <param name="cases">What it was asked for.</param>
/// <param name="output">What it printed.</param>
/// <param name="endedWell">Whether its exit code was 0.</param>
/// <param name="end">How it ended, and what else it said.</param>
internal sealed class ClientResults(IReadOnlyCollection<string> cases, string output, bool endedWell, string end)
{
    private readonly string[] _lines = output.Split('\n', StringSplitOptions.TrimEntries);

    /// <summary>What went wrong with a case; null: nothing.</summary>
    public string? Failure(string name)
    {
        // A bad end after which every case was told to be well is everybody's.
        if (IsOk(name) && (endedWell || !cases.All(IsOk)))
        {
            return null;
        }

        var failed = Array.IndexOf(_lines, $"{name} failed");
        return failed < 0
            ? output + end
            : string.Join('\n', _lines.Skip(failed + 1).TakeWhile(line => !cases.Any(other => line == $"{other} ok" || line == $"{other} failed")));
    }

    private bool IsOk(string name) => _lines.Contains($"{name} ok");
}
