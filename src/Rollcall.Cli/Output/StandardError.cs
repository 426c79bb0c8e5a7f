namespace Rollcall.Cli.Output;

/// <summary>Standard error, which passes over what it can't write: there is nowhere left to tell of it, and the exit code is about what the command was to do.</summary>
internal sealed class StandardError(Stream stream) : ConsoleStream(stream)
{
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            Inner.Write(buffer);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // A full disk, a terminal that was hung up; the second where it was closed from the start (2>&-).
        }
    }
}
