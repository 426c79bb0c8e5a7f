using System.Globalization;

namespace Rollcall.Cli.Commands.Agent;

/// <summary>A file with the number of this process, for as long as it runs.</summary>
internal sealed class PidFile : IDisposable
{
    private readonly string _path;

    private PidFile(string path) => _path = path;

    /// <param name="path">Null or, as in Consul, empty: no file.</param>
    /// <exception cref="CommandFailure">It can't be written.</exception>
    public static PidFile? Write(string? path)
    {
        if (string.IsNullOrEmpty(path))
        {
            return null;
        }

        try
        {
            File.WriteAllText(path, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new PidFile(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure($"The process number cannot be written to {path} (-pid-file): {failure.Message}", ExitCode.Failure, failure);
        }
    }

    public void Dispose()
    {
        try
        {
            File.Delete(_path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It is somebody else's by now, or its directory is gone: nothing that this process could set right.
        }
    }
}
