using System.Text.RegularExpressions;

namespace Rollcall.Architecture.Tests;

public partial class FileContentTests
{
    private static readonly string[] s_text =
        [".cs", ".csproj", ".props", ".targets", ".slnx", ".json", ".md", ".sh", ".yml", ".yaml", ".proto", ".py", ".js", ".txt", ".tsv", ""];

    private static readonly string[] s_code = [".cs", ".csproj", ".props", ".targets", ".sh", ".proto", ".py", ".js"];

    [Fact]
    public void Files_NameNoPathOfSomebodysMachine() =>
        AssertNoMatch(
            s_text, MachinePath(),
            "names a path of one machine: derive it from the repository's root, a temporary directory or a setting");

    [Fact]
    public void OpenTasks_CarryANumber() =>
        AssertNoMatch(s_code, OpenTask(), "has an open task without a number: do it, or file it and write the number behind it, as (#12)");

    [Fact]
    public void Code_HasNoStubs() =>
        AssertNoMatch([".cs"], Stub(), "throws NotImplementedException: finish it or take it out");

    private static void AssertNoMatch(string[] extensions, Regex pattern, string message)
    {
        var faults =
            from file in SourceTree.Files()
            where extensions.Contains(Path.GetExtension(file)) && Path.GetFileName(file) != ".git"
            from line in File.ReadLines(file).Select((text, index) => (Text: text, Number: index + 1))
            where pattern.IsMatch(line.Text)
            select $"{SourceTree.Relative(file)}:{line.Number} {message}: {line.Text.Trim()}";

        var found = faults.Take(20).ToList();
        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    // Written so that none of them matches its own source.
    [GeneratedRegex(@"(?<![\w.{}*-])/(?:home|Users|root|work)/\w|[A-Z]:\\Users\\")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"\b(?:TO[D]O|FIX[M]E|HA[C]K)\b(?!\s*\(?#\d)")]
    private static partial Regex OpenTask();

    [GeneratedRegex(@"throw new NotImpl[e]mentedException")]
    private static partial Regex Stub();
}
