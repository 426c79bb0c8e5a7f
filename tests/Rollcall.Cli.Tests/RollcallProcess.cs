using Rollcall.TestKit;

namespace Rollcall.Cli.Tests;

/// <summary>The command as a process of its own, for what only a process shows: signals, children, exit codes.</summary>
internal static class RollcallProcess
{
    // Built beside the tests, which reference it.
    private static readonly string s_program = Path.Combine(AppContext.BaseDirectory, "rollcall.dll");

    /// <summary>None of the variables that would point it to a Consul of this machine.</summary>
    private static readonly Dictionary<string, string?> s_environment = new()
    {
        ["CONSUL_HTTP_ADDR"] = null,
        ["CONSUL_HTTP_TOKEN"] = null,
        ["CONSUL_HTTP_SSL"] = null,
    };

    public static ChildProcess Start(params string[] arguments) => ChildProcess.Start("dotnet", [s_program, .. arguments], s_environment);

    /// <summary>The same, started in a directory.</summary>
    public static ChildProcess StartIn(string directory, params string[] arguments) => ChildProcess.Start("dotnet", [s_program, .. arguments], s_environment, directory);

    /// <summary>Runs lines of a shell in which <c>rollcall</c> is the command.</summary>
    public static ChildProcess Shell(string script) =>
        ChildProcess.Start("sh", ["-c", $"rollcall() {{ dotnet '{s_program}' \"$@\"; }}; {script}"], s_environment);
}
