using System.Text;
using System.Text.Json;

namespace Rollcall.Cli.Commands.Calls;

/// <summary>The requests as JSON: from the command line, a file, or standard input.</summary>
/// <param name="given">The argument: JSON, <c>@FILE</c>, <c>-</c>; null if there is none.</param>
/// <param name="terminal">Where standard input is.</param>
internal sealed class RequestSource(string? given, Terminal terminal)
{
    private static readonly JsonElement s_empty = JsonElement.Parse("{}");

    /// <summary>The requests of a stream; without an argument they come from standard input.</summary>
    public async IAsyncEnumerable<JsonElement> ReadAllAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (stream, name) = Open(given ?? "-");
        await using (stream)
        {
            await foreach (var value in new JsonValueReader(stream, name).ReadAllAsync(cancellationToken))
            {
                yield return value;
            }
        }
    }

    /// <summary>The request of a method that takes one; without an argument an empty message.</summary>
    /// <exception cref="CommandFailure">There is none, or more than one.</exception>
    public async Task<JsonElement> ReadOneAsync(CancellationToken cancellationToken)
    {
        if (given is null)
        {
            return s_empty;
        }

        JsonElement? only = null;
        await foreach (var value in ReadAllAsync(cancellationToken))
        {
            only = only is null ? value : throw new CommandFailure("The method takes one message, and more than one JSON value was given.", ExitCode.Usage);
        }

        return only ?? throw new CommandFailure("The method takes a message, and no JSON value was given. {} is an empty one.", ExitCode.Usage);
    }

    private (Stream Stream, string Name) Open(string source)
    {
        if (source == "-")
        {
            return (terminal.OpenInput(), "Standard input");
        }

        if (!source.StartsWith('@'))
        {
            return (new MemoryStream(Encoding.UTF8.GetBytes(source)), "The argument");
        }

        try
        {
            return (File.OpenRead(GivenValue.Path(source[1..], "@FILE")), source[1..]);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure($"{source[1..]} cannot be read: {failure.Message}", ExitCode.Failure, failure);
        }
    }
}
