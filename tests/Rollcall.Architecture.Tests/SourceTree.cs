using System.Xml.Linq;
using Rollcall.TestKit;

namespace Rollcall.Architecture.Tests;

/// <summary>The repository's files, without what is built or installed.</summary>
internal static class SourceTree
{
    private static readonly string[] s_skipped =
        [".git", ".tools", ".vs", ".idea", "bin", "obj", "artifacts", "TestResults", "node_modules", "__pycache__"];

    /// <summary>Project files of one top directory, such as <c>src</c>.</summary>
    internal static IReadOnlyList<string> Projects(string top) =>
        [.. Files(top).Where(f => f.EndsWith(".csproj", StringComparison.Ordinal))];

    /// <summary>Names of those projects.</summary>
    internal static IReadOnlyList<string> ProjectNames(string top) =>
        [.. Projects(top).Select(p => Path.GetFileNameWithoutExtension(p))];

    /// <summary>All files of one directory, as full paths; empty when there is no such directory.</summary>
    internal static IReadOnlyList<string> Files(string top = "")
    {
        var root = RepositoryRoot.Combine(top);
        return Directory.Exists(root) ? [.. Walk(new DirectoryInfo(root))] : [];
    }

    /// <summary>The path as seen from the repository's root, for messages.</summary>
    internal static string Relative(string path) => Path.GetRelativePath(RepositoryRoot.Path, path);

    /// <summary>Values of an item's Include attribute in a project file.</summary>
    internal static IReadOnlyList<string> Includes(string project, string item) =>
        [.. XDocument.Load(project).Descendants(item).Select(e => e.Attribute("Include")?.Value).OfType<string>()];

    private static IEnumerable<string> Walk(DirectoryInfo directory) =>
        directory.EnumerateFiles().Select(f => f.FullName)
            .Concat(directory.EnumerateDirectories().Where(d => !s_skipped.Contains(d.Name)).SelectMany(Walk));
}
