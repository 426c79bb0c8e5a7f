using System.Diagnostics;

namespace Rollcall.Cli.Commands.Demo;

/// <summary>Starts this very program again: as <c>rollcall</c> if it runs as a program of its own, else as <c>dotnet rollcall.dll</c>.</summary>
internal static class SelfProgram
{
    private const string Name = "rollcall";

    public static ProcessStartInfo Start(IEnumerable<string> arguments)
    {
        var path = Environment.ProcessPath ?? throw new CommandFailure("The system does not tell where this program is; the demo cannot start instances.");
        var start = new ProcessStartInfo
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        var program = Path.GetFileNameWithoutExtension(path);
        if (program == Name)
        {
            start.FileName = path;
        }
        else
        {
            // Under "dotnet rollcall.dll", "dotnet run" without a program file, or a test runner.
            start.FileName = program == "dotnet" ? path : "dotnet";
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, Name + ".dll"));
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }
}
