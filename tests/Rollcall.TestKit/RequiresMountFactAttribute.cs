using Xunit;

namespace Rollcall.TestKit;

/// <summary>A fact that needs to mount a file system of its own, in a user and mount namespace, and is skipped, with the reason, where that is not allowed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresMountFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> s_obstacle = new(Try);

    /// <summary>Looks whether it works here.</summary>
    public RequiresMountFactAttribute() => Skip = s_obstacle.Value;

    private static string? Try()
    {
        if (Tool.Find("unshare") is null)
        {
            return "needs the program 'unshare' in PATH";
        }

        // Nobody outside sees what is mounted there.
        var tried = Task.Run(static () => ChildProcess.RunAsync("unshare", ["-Urm", "mount", "-t", "tmpfs", "-o", "size=64k", "none", Path.GetTempPath()])).GetAwaiter().GetResult();
        return tried.ExitCode == 0 ? null : $"may not mount a file system in a namespace of its own: {tried.Error.Trim()}";
    }
}
