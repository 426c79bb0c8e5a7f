using System.Text.Json;
using Rollcall.TestKit;

namespace Rollcall.LoadTest.Tests;

/// <summary>The short form of a load test. The figures of such a short run on a busy machine say nothing, so none is asserted.</summary>
internal static class LoadTestRun
{
    public static string Program => BuiltProgram.Path("bench", "Rollcall.LoadTest");

    /// <summary>Runs a command and reads the JSON object on its last line.</summary>
    public static Task<JsonElement> RunAsync(params string[] arguments) => RunAsync(exitCode: 0, arguments);

    /// <param name="exitCode">What it has to end with; null: the caller looks at the figures alone.</param>
    /// <param name="arguments">The command.</param>
    public static async Task<JsonElement> RunAsync(int? exitCode, params string[] arguments)
    {
        var output = await ChildProcess.RunAsync("dotnet", [Program, .. arguments], timeout: TimeSpan.FromSeconds(220));
        Assert.True(output.ExitCode == (exitCode ?? output.ExitCode), $"exit code {output.ExitCode}:\n{output.Output}\n{output.Error}");
        return JsonDocument.Parse(output.Output.TrimEnd().Split('\n')[^1]).RootElement;
    }
}
