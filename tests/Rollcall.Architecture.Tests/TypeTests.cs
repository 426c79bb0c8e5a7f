using System.Text.RegularExpressions;
using Grpc.Core;

namespace Rollcall.Architecture.Tests;

public partial class TypeTests
{
    private static readonly string[] s_emptyWords = ["Manager", "Helper", "Helpers", "Util", "Utils", "Utilities"];

    public static TheoryData<string> Projects => ReferenceTests.Projects;

    [Theory]
    [MemberData(nameof(Projects))]
    public void TypeNames_SayWhatTheTypeDoes(string project)
    {
        var empty = SourceAssemblies.WrittenTypes(SourceAssemblies.All[project])
            .Where(t => s_emptyWords.Any(w => t.Name.Split('`')[0].EndsWith(w, StringComparison.Ordinal))).Select(t => t.FullName).ToList();

        Assert.True(
            empty.Count == 0,
            $"Rename by role (Options, Source, Watcher, Picker, Policy, Reader, Writer, Snapshot, Metrics): {string.Join(", ", empty)}");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void InternalClasses_AreSealed(string project)
    {
        var types = SourceAssemblies.WrittenTypes(SourceAssemblies.All[project]).ToList();
        var bases = types.Select(t => t.BaseType).OfType<Type>().Select(t => t.IsGenericType ? t.GetGenericTypeDefinition() : t).ToHashSet();
        // Clients are generated from .proto files, without a mark on the class that says so.
        var open = types.Where(t => t.IsClass && !t.IsVisible && !t.IsSealed && !t.IsAbstract && !bases.Contains(t))
            .Where(t => !t.IsSubclassOf(typeof(ClientBase)))
            .Select(t => t.FullName).ToList();

        Assert.True(open.Count == 0, $"Seal, nothing derives from them: {string.Join(", ", open)}");
    }

    [Fact]
    public void File_HoldsOneTopLevelType_AndIsNamedAfterIt()
    {
        List<string> faults = [];
        foreach (var file in new[] { "src", "tests", "bench", "fuzz" }.SelectMany(SourceTree.Files).Where(f => f.EndsWith(".cs", StringComparison.Ordinal)))
        {
            var code = RawString().Replace(File.ReadAllText(file), "");
            var names = TopLevelType().Matches(code).Select(m => m.Groups["name"].Value + (m.Groups["generic"].Success ? "OfT" : "")).ToList();
            var stem = Path.GetFileName(file).Split('.', '{')[0];
            if (names.Count > 1)
            {
                faults.Add($"{SourceTree.Relative(file)} declares {string.Join(", ", names)}: give each its own file.");
            }
            else if (names is [var name] && stem != name && stem + "OfT" != name)
            {
                faults.Add($"{SourceTree.Relative(file)} declares {name}: name the file after it (X.cs, X.Log.cs, XOfT.cs for X<T>).");
            }
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void InternalFolders_AreInTheNamespacesOfAProjectEverywhereOrNowhere(string project)
    {
        var files = SourceTree.Files($"src/{project}").Where(static file => file.EndsWith(".cs", StringComparison.Ordinal) && IsInternal(file, Path.DirectorySeparatorChar))
            .ToLookup(static file => IsInternal(Namespace().Match(File.ReadAllText(file)).Groups["name"].Value + ".", '.'));

        Assert.True(
            !files[true].Any() || !files[false].Any(),
            $"Namespaces of Internal folders end in .Internal in {files[true].Count()} files of {project}, and not in {files[false].Count()}, such as "
            + $"{string.Join(" and ", files[true].Take(1).Concat(files[false].Take(1)).Select(SourceTree.Relative))}: do it as most do.");

        static bool IsInternal(string text, char separator) => text.Contains($"{separator}Internal{separator}", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    // Formatting is enforced and namespaces are file-scoped, so that a declaration at the start of a line is a top-level one.
    [GeneratedRegex(
        @"^(?:(?:public|internal|file|sealed|static|abstract|readonly|ref|partial|unsafe)\s+)+(?:(?:class|struct|interface|enum|record(?:\s+(?:class|struct))?)|delegate\s+[^(]+?)\s+(?<name>\w+)(?<generic><)?",
        RegexOptions.Multiline)]
    private static partial Regex TopLevelType();

    [GeneratedRegex("\"\"\".*?\"\"\"", RegexOptions.Singleline)]
    private static partial Regex RawString();
}
