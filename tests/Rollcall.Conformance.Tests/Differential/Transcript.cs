using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Differential;

/// <summary>
/// Sequences written by hand, in <c>Transcripts/</c>: a request on each line, as method, path and body. <c>&lt;empty&gt;</c> is an empty body.
/// </summary>
internal static class Transcript
{
    private static readonly string s_folder = Folder("Differential");

    public static IEnumerable<string> Names => Directory.EnumerateFiles(s_folder, "*.txt").Select(static file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal);

    /// <summary>The sequences of one folder of the tests.</summary>
    public static string Folder(string name) => RepositoryRoot.Combine("tests", "Rollcall.Conformance.Tests", name, "Transcripts");

    public static IReadOnlyList<Step> Read(string name) => ReadFile(Path.Combine(s_folder, $"{name}.txt"));

    public static IReadOnlyList<Step> ReadFile(string path) => [.. File.ReadLines(path)
        .Where(static line => line.Length > 0 && line[0] != '#')
        .Select(static line => line.Split(' ', 3))
        .Select(static parts => new Step(parts[0], parts[1], parts.Length < 3 ? null : parts[2] == "<empty>" ? "" : parts[2]))];
}
