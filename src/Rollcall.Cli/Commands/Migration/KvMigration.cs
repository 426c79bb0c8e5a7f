using System.Globalization;
using System.Net;
using Rollcall.Cli.Output;
using Rollcall.Consul;
using Rollcall.Consul.Wire;

namespace Rollcall.Cli.Commands.Migration;

/// <summary>
/// Carries keys with their values and flags. Locks stay behind: their sessions live where they were made. It can be run again, and goes on where it was: a key that
/// is there with the same value and flags is left.
/// </summary>
internal sealed class KvMigration(ConsulClient source, ConsulClient target, string prefix, Terminal terminal, bool overwrite, bool dryRun) : IMigration
{
    private readonly List<string> _different = [];
    private readonly List<string> _refused = [];
    private readonly Tally _tally = new();
    private int _locked;
    private ConsulException? _forbidden;

    /// <inheritdoc/>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var pairs = (await source.Kv.ListAsync(prefix, cancellationToken: cancellationToken)).Value;
        _tally.Found = pairs.Count;
        try
        {
            foreach (var pair in pairs)
            {
                await TryCarryAsync(pair, cancellationToken);
                _locked += pair.Session is null ? 0 : 1;
            }
        }
        finally
        {
            // Also where the target went away, or Ctrl+C came: what was written there stays.
            await ReportAsync();
        }

        return _different.Count == 0 && _refused.Count == 0;
    }

    private async Task TryCarryAsync(KvPair pair, CancellationToken cancellationToken)
    {
        try
        {
            await CarryAsync(pair, cancellationToken);
        }
        catch (ConsulException failure) when (IsAboutTheKey(failure))
        {
            _forbidden ??= SideFailure.IsRefusal(failure) ? failure : null;
            _refused.Add(string.Create(CultureInfo.InvariantCulture, $"{pair.Key}: {(int?)failure.StatusCode} {failure.Body ?? "without a reason"}"));
        }
    }

    private async Task CarryAsync(KvPair pair, CancellationToken cancellationToken)
    {
        var there = (await target.Kv.GetAsync(pair.Key, cancellationToken: cancellationToken)).Value;
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
        if (!dryRun && !await target.Kv.PutAsync(pair.Key, Bytes(pair), pair.Flags, there?.ModifyIndex ?? 0, cancellationToken))
        {
            _different.Add(pair.Key);
            return;
        }

        _tally.Carried += there is null ? 1 : 0;
        _tally.Replaced += there is null ? 0 : 1;
    }

    private async Task ReportAsync()
    {
        _tally.Left = _different.Count;
        _tally.Refused = _refused.Count;
        await terminal.Output.WriteLineAsync(_tally.Line("keys", dryRun));
        if (_locked > 0)
        {
            await terminal.Output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"{_locked} keys are locked here; the locks are not carried. Whoever holds them takes them anew there."));
        }

        foreach (var refused in _refused)
        {
            await terminal.Error.WriteLineAsync(PeerText.OneLine($"Refused there: {refused}"));
        }

        foreach (var key in _different)
        {
            await terminal.Error.WriteLineAsync(PeerText.OneLine($"Left as it is there: {key}"));
        }

        if (_different.Count > 0)
        {
            await terminal.Error.WriteLineAsync("Keys that are different there are replaced with --overwrite; those that changed meanwhile when the command is run again.");
        }

        if (_forbidden is not null)
        {
            await terminal.Error.WriteLineAsync(PeerText.OneLine(SideFailure.Of(_forbidden).Message));
        }
    }

    /// <summary>Other keys may still be taken: neither the token as a whole nor the server's state is in the way.</summary>
    // Keys with an empty part, or one of dots alone, are answered with a redirect to another path; only transactions write such.
    private static bool IsAboutTheKey(ConsulException failure) =>
        failure.Origin == ConsulErrorOrigin.Server
        && failure.StatusCode is (HttpStatusCode.BadRequest or HttpStatusCode.Forbidden or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.RequestUriTooLong
            or HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect);

    private static byte[] Bytes(KvPair pair) => pair.Value ?? [];
}
