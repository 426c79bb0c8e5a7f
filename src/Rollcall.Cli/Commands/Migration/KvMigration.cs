using System.Globalization;
using Rollcall.Cli.Output;
using Rollcall.Consul;
using Rollcall.Consul.Wire;

namespace Rollcall.Cli.Commands.Migration;

/// <summary>
/// Carries keys with their values and flags. Locks stay behind: their sessions live where they were made. It can be run again, and goes on where it was: a key that
/// is there with the same value and flags is left.
/// </summary>
internal sealed class KvMigration(ConsulClient source, KvClient target, string prefix, Terminal terminal, bool overwrite, bool dryRun) : IMigration
{
    private readonly List<string> _different = [];
    private readonly Tally _tally = new();
    private int _locked;

    /// <inheritdoc/>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var pairs = await ReadSourceAsync(cancellationToken);
        foreach (var pair in pairs)
        {
            await CarryAsync(pair, cancellationToken);
            _locked += pair.Session is null ? 0 : 1;
        }

        _tally.Found = pairs.Count;
        _tally.Left = _different.Count;
        await ReportAsync();
        return _different.Count == 0;
    }

    private async Task<IReadOnlyList<KvPair>> ReadSourceAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await source.Kv.ListAsync(prefix, cancellationToken: cancellationToken)).Value;
        }
        catch (ConsulException failure) when (Refusal.Is(failure))
        {
            throw Refusal.Of(failure, source, MigrateCommand.FromTokenFile);
        }
    }

    private async Task CarryAsync(KvPair pair, CancellationToken cancellationToken)
    {
        var there = (await target.GetAsync(pair.Key, cancellationToken: cancellationToken)).Value;
        if (there is not null && there.Flags == pair.Flags && Bytes(there).AsSpan().SequenceEqual(Bytes(pair)))
        {
            _tally.Same++;
            return;
        }

        if (there is not null && !overwrite)
        {
            _different.Add(pair.Key);
            return;
        }

        // Only over what was seen: somebody may write there at the same time.
        if (!dryRun && !await target.PutAsync(pair.Key, Bytes(pair), pair.Flags, there?.ModifyIndex ?? 0, cancellationToken))
        {
            _different.Add(pair.Key);
            return;
        }

        _tally.Carried += there is null ? 1 : 0;
        _tally.Replaced += there is null ? 0 : 1;
    }

    private async Task ReportAsync()
    {
        await terminal.Output.WriteLineAsync(_tally.Line("keys", dryRun));
        if (_locked > 0)
        {
            await terminal.Output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"{_locked} keys are locked here; the locks are not carried. Whoever holds them takes them anew there."));
        }

        foreach (var key in _different)
        {
            await terminal.Error.WriteLineAsync(PeerText.OneLine($"Left as it is there: {key}"));
        }

        if (_different.Count > 0)
        {
            await terminal.Error.WriteLineAsync("Keys that are different there are replaced with --overwrite; those that changed meanwhile when the command is run again.");
        }
    }

    private static byte[] Bytes(KvPair pair) => pair.Value ?? [];
}
