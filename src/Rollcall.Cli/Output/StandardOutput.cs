using System.Runtime.InteropServices;

namespace Rollcall.Cli.Output;

/// <summary>
/// Standard output, which says so when nobody reads it any more: .NET's own stream passes over that, and a command that never ends would go on for nobody.
/// Everything else is left to that stream: it appends where others write, too, and waits for a pipe that is full.
/// </summary>
internal sealed partial class StandardOutput(Stream stream) : ConsoleStream(stream)
{
    private const int Descriptor = 1;
    private const int BrokenPipe = 32; // EPIPE
    private const short Error = 0x8; // POLLERR
    private const short HangUp = 0x10; // POLLHUP

    public static Stream Open() => OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : new StandardOutput(Console.OpenStandardOutput());

    /// <summary>Whether it says that the reader of a pipe is gone.</summary>
    public static bool IsBrokenPipe(IOException exception) => exception.HResult == BrokenPipe;

    /// <exception cref="OutputException">It can't be written.</exception>
    /// <exception cref="IOException">Nobody reads it any more.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            Inner.Write(buffer);
        }
        catch (Exception failure) when (failure is UnauthorizedAccessException || (failure is IOException fault && !IsBrokenPipe(fault)))
        {
            throw new OutputException(failure);
        }

        var asked = new PollDescriptor { Descriptor = Descriptor };
        if (Poll(ref asked, 1, 0) > 0 && (asked.Returned & (Error | HangUp)) != 0)
        {
            throw new IOException("Nobody reads standard output any more.", BrokenPipe);
        }
    }

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref PollDescriptor descriptors, nuint count, int timeout);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Asked;
        public short Returned;
    }
}
