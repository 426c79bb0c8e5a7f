using System.Text;

namespace Rollcall.Cli.Commands;

/// <summary>Values of arguments that may be elsewhere: <c>@FILE</c> in a file, <c>-</c> on standard input.</summary>
internal static class ValueSource
{
    /// <param name="terminal">Where standard input is.</param>
    /// <param name="value">The argument.</param>
    /// <param name="alternative">What to do about a value that itself begins with @; null: no value does.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="CommandFailure">The file can't be read.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(Terminal terminal, string value, string? alternative, CancellationToken cancellationToken)
    {
        if (value == "-")
        {
            using var input = terminal.OpenInput();
            using var bytes = new MemoryStream();

            // A terminal can't be told to stop reading, so that waiting for it has to be given up.
            await input.CopyToAsync(bytes, cancellationToken).WaitAsync(cancellationToken);
            return bytes.ToArray();
        }

        return value.StartsWith('@') ? await ReadFileAsync(value[1..], alternative, cancellationToken) : Encoding.UTF8.GetBytes(value);
    }

    /// <inheritdoc cref="ReadAsync"/>
    public static async Task<ReadOnlyMemory<byte>> ReadFileAsync(string file, string? alternative, CancellationToken cancellationToken)
    {
        if (alternative is null)
        {
            GivenValue.Path(file, "FILE");
        }

        try
        {
            return await File.ReadAllBytesAsync(file, cancellationToken);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandFailure($"{file} cannot be read: {failure.Message} {alternative}".TrimEnd(), ExitCode.Failure, failure);
        }
    }
}
