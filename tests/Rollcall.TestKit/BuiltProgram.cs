namespace Rollcall.TestKit;

/// <summary>A program of this repository, built with the tests and run as a user would run it.</summary>
public static class BuiltProgram
{
    /// <summary>Full path of its assembly, of the configuration that the tests were built in.</summary>
    /// <param name="folder">Folder under the repository's root, such as <c>samples</c>.</param>
    /// <param name="project">Name of the project, and of its folder and assembly.</param>
    public static string Path(string folder, string project)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        return RepositoryRoot.Combine(folder, project, "bin", configuration, "net10.0", project + ".dll");
    }
}
