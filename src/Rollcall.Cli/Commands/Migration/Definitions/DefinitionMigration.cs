using System.Net;
using Rollcall.Cli.Output;
using Rollcall.Consul;

namespace Rollcall.Cli.Commands.Migration.Definitions;

/// <summary>Carries definitions of one kind. It can be run again: what is there and says the same is left.</summary>
internal sealed class DefinitionMigration(DefinitionKind kind, ConsulClient source, ConsulClient target, Terminal terminal, bool overwrite, bool dryRun) : IMigration
{
    private readonly List<(Definition Here, Definition? There)> _toWrite = [];
    private readonly List<(Definition Here, Definition? There)> _written = [];
    private readonly HashSet<string> _left = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _remarks = [];
    private readonly List<string> _faults = [];
    private readonly Tally _tally = new();
    private bool _helpsToOverwrite;

    /// <inheritdoc/>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var here = await ReadSourceAsync(cancellationToken);
        if (here.Count > 0)
        {
            Compare(here, ByKey(await ReadTargetAsync(cancellationToken)));
            if (dryRun)
            {
                _written.AddRange(_toWrite);
            }
            else
            {
                try
                {
                    await WriteAsync(cancellationToken);
                    await VerifyAsync(cancellationToken);
                }
                catch when (_written.Count > 0)
                {
                    // What was written there stays, so it is told.
                    await ReportAsync();
                    throw;
                }
            }
        }

        await ReportAsync();
        return _faults.Count == 0;
    }

    private async Task<List<Definition>> ReadSourceAsync(CancellationToken cancellationToken)
    {
        try
        {
            var found = await kind.ReadAsync(source, cancellationToken);
            _remarks.AddRange(found.Remarks);
            var here = found.Definitions.Where(static definition => definition.Obstacle is null).ToList();
            _tally.Found = here.Count;
            return here;
        }
        catch (ConsulException failure) when (failure.StatusCode is HttpStatusCode.NotFound)
        {
            _remarks.Add($"{source.Address} knows no {kind.Plural}; they came with Consul {kind.Since}.");
            return [];
        }
    }

    private async Task<IReadOnlyList<Definition>> ReadTargetAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await kind.ReadAsync(target, cancellationToken)).Definitions;
        }
        catch (ConsulException failure) when (failure.StatusCode is HttpStatusCode.NotFound)
        {
            throw new CommandFailure(
                $"{target.Address} knows no {kind.Plural}; they came with Consul {kind.Since}. Bring them to a newer one, or leave them out: --only says what is carried.",
                ExitCode.Failure,
                failure);
        }
    }

    private void Compare(List<Definition> definitions, Dictionary<string, Queue<Definition>> target)
    {
        foreach (var here in definitions)
        {
            var there = target.TryGetValue(here.Key, out var candidates) && candidates.TryDequeue(out var found) ? found : null;
            if (here.Parent is { } parent && _left.Contains(parent))
            {
                Leave(here, ", as its node is");
            }
            else if (there?.Obstacle is { } obstacle)
            {
                Leave(here, $", because {obstacle} there");
            }
            else if (there is not null && kind.Same(here, there))
            {
                _tally.Same++;
                Remark(here, there);
            }
            else if (there is not null && !overwrite)
            {
                Leave(here, "");
                _helpsToOverwrite = true;
            }
            else
            {
                _toWrite.Add((here, there));
            }
        }
    }

    /// <summary>Definitions may rest on each other, in any order: what was refused is tried again as long as others get through.</summary>
    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        var open = _toWrite;
        while (open.Count > 0)
        {
            var refused = new List<(Definition Here, Definition? There, string Reason)>();
            foreach (var (here, there) in open)
            {
                if (refused.Any(other => string.Equals(other.Here.Key, here.Parent, StringComparison.OrdinalIgnoreCase)))
                {
                    refused.Add((here, there, "its node was refused"));
                }
                else if (await TryWriteAsync(here, there, cancellationToken) is { } reason)
                {
                    refused.Add((here, there, reason));
                }
            }

            if (refused.Count == open.Count)
            {
                _faults.AddRange(refused.Select(static one => $"Refused there: {one.Here.Label}: {one.Reason}"));
                _tally.Refused = refused.Count;
                return;
            }

            open = [.. refused.Select(static one => (one.Here, one.There))];
        }
    }

    /// <summary>Why it was refused; null: it was not.</summary>
    private async Task<string?> TryWriteAsync(Definition here, Definition? there, CancellationToken cancellationToken)
    {
        try
        {
            if (await kind.WriteAsync(target.Raw, here, there, cancellationToken))
            {
                _written.Add((here, there));
            }
            else
            {
                Leave(here, ", because it changed meanwhile: run the command again");
            }

            return null;
        }
        catch (ConsulException failure) when (IsAboutTheDefinition(failure))
        {
            var reason = failure.Body ?? failure.Message;
            return here.Secret is { } secret ? reason.Replace(secret, "[token]", StringComparison.Ordinal) : reason;
        }
    }

    /// <summary>A server that does not know a field takes what it knows, without a word. So it is asked again.</summary>
    private async Task VerifyAsync(CancellationToken cancellationToken)
    {
        if (_written.Count == 0)
        {
            return;
        }

        var there = ByKey(await ReadTargetAsync(cancellationToken));
        foreach (var (here, _) in _written)
        {
            if (there.GetValueOrDefault(here.Key)?.FirstOrDefault(candidate => kind.Same(here, candidate)) is { } kept)
            {
                Remark(here, kept);
            }
            else
            {
                _faults.Add($"Kept otherwise there than here: {here.Label}. Its version of Consul may not know all of its fields.");
            }
        }
    }

    private async Task ReportAsync()
    {
        _tally.Carried = _written.Count(static pair => pair.There is null);
        _tally.Replaced = _written.Count - _tally.Carried;
        await terminal.Output.WriteLineAsync(_tally.Line(kind.Plural, dryRun));
        foreach (var remark in _remarks)
        {
            await terminal.Output.WriteLineAsync(PeerText.OneLine(remark));
        }

        foreach (var fault in _faults)
        {
            await terminal.Error.WriteLineAsync(PeerText.OneLine(fault));
        }

        if (_helpsToOverwrite)
        {
            await terminal.Error.WriteLineAsync("What is different there is replaced with --overwrite.");
        }
    }

    private void Leave(Definition here, string why)
    {
        _tally.Left++;
        _left.Add(here.Key);
        _faults.Add($"Left as it is there: {here.Label}{why}");
    }

    private void Remark(Definition here, Definition there)
    {
        if (kind.Remark(here, there) is { } remark)
        {
            _remarks.Add(remark);
        }
    }

    /// <summary>Other definitions may still be taken: neither the token nor the server's state is in the way.</summary>
    private static bool IsAboutTheDefinition(ConsulException failure) =>
        failure.Origin == ConsulErrorOrigin.Server
        && failure.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable);

    /// <summary>Several where definitions without a name say the same.</summary>
    private static Dictionary<string, Queue<Definition>> ByKey(IEnumerable<Definition> definitions) =>
        definitions
            .GroupBy(static definition => definition.Key, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(static group => group.Key, static group => new Queue<Definition>(group), StringComparer.OrdinalIgnoreCase);
}
