using System.Diagnostics;

namespace Rollcall.TestKit;

/// <summary>Looks for the optional programs that some tests need.</summary>
internal static class Tool
{
    /// <summary>The first of: the environment variable's path, the repository's <c>.tools/</c>, PATH. Null when nowhere.</summary>
    internal static string? Find(string name, string? variable = null)
    {
        var candidates = new List<string>();
        if (variable is not null && Environment.GetEnvironmentVariable(variable) is { Length: > 0 } given)
        {
            candidates.Add(given);
        }

        candidates.Add(RepositoryRoot.Combine(".tools", name));
        candidates.AddRange(
            (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, name)));
        return candidates.Find(File.Exists);
    }

    /// <summary>Whether a short program ends with code 0 within 20 seconds. Used once per process, from attribute constructors.</summary>
    internal static bool Succeeds(string file, params IReadOnlyList<string> arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
            if (process is not null && process.WaitForExit(20_000))
            {
                return process.ExitCode == 0;
            }

            process?.Kill();
            return false;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>The reason for a skip: what the installer noted, or how to install.</summary>
    internal static string Missing(string what, string note)
    {
        var path = RepositoryRoot.Combine(".tools", note + ".missing");
        return File.Exists(path) ? $"needs {what}: {File.ReadAllText(path).Trim()}" : $"needs {what}: run eng/install-tools.sh";
    }
}
