namespace Rollcall.TestKit;

/// <summary>Where the repository lies on this machine.</summary>
public static class RepositoryRoot
{
    private static readonly Lazy<string> s_path = new(Find);

    /// <summary>Full path of the directory with <c>Rollcall.slnx</c>.</summary>
    /// <exception cref="DirectoryNotFoundException">The tests do not run from within a clone.</exception>
    public static string Path => s_path.Value;

    /// <summary>Full path of something in the repository.</summary>
    public static string Combine(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([Path, .. parts]);

    private static string Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(directory.FullName, "Rollcall.slnx")))
            {
                return directory.FullName;
            }
        }

        throw new DirectoryNotFoundException(
            $"No Rollcall.slnx above {AppContext.BaseDirectory}: run the tests from a clone of the repository.");
    }
}
