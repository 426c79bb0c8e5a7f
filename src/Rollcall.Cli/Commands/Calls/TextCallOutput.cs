using Grpc.Core;
using Rollcall.Cli.Output;
using Rollcall.Discovery;

namespace Rollcall.Cli.Commands.Calls;

/// <summary>For people: responses go to standard output, all the rest to standard error.</summary>
/// <param name="terminal">Where it goes.</param>
/// <param name="target">What is called.</param>
/// <param name="isIndented">Whether JSON may take several lines.</param>
/// <param name="isVerbose">Whether headers, trailers and the instance are told.</param>
internal sealed class TextCallOutput(Terminal terminal, CallTarget target, bool isIndented, bool isVerbose) : ICallOutput
{
    public bool IsIndented => isIndented;

    public Task WriteHeadersAsync(Metadata headers) => isVerbose ? WriteAsync("header", headers) : Task.CompletedTask;

    public Task WriteResponseAsync(string json) => terminal.Output.WriteLineAsync(json);

    public async Task WriteEndAsync(Status status, Metadata trailers, IReadOnlyList<string> details, Endpoint? endpoint)
    {
        if (isVerbose)
        {
            await WriteAsync("trailer", trailers);
            if (endpoint is not null)
            {
                await terminal.Error.WriteLineAsync($"instance: {PeerText.OneLine(endpoint.ToString())}");
            }
        }

        if (!isVerbose && status.StatusCode == StatusCode.OK)
        {
            return;
        }

        await terminal.Error.WriteLineAsync($"status: {status.StatusCode} ({(int)status.StatusCode})");
        if (status.Detail.Length > 0)
        {
            await terminal.Error.WriteLineAsync($"message: {PeerText.Printable(status.Detail)}");
        }

        if (CallHint.Of(status, target) is { } hint)
        {
            await terminal.Error.WriteLineAsync($"hint: {hint}");
        }

        foreach (var detail in details)
        {
            await terminal.Error.WriteLineAsync($"detail: {detail}");
        }
    }

    public Task WriteGivenUpAsync(string reason, Endpoint? endpoint) => Task.CompletedTask;

    private async Task WriteAsync(string kind, Metadata metadata)
    {
        foreach (var entry in metadata)
        {
            await terminal.Error.WriteLineAsync(
                $"{kind}: {PeerText.OneLine(entry.Key)}: {(entry.IsBinary ? Convert.ToBase64String(entry.ValueBytes) : PeerText.OneLine(entry.Value))}");
        }
    }
}
