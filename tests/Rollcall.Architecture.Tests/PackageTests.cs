using System.Xml.Linq;

namespace Rollcall.Architecture.Tests;

/// <summary>What packages say of themselves. <c>eng/check-packages.sh</c> packs and uses them, which takes minutes.</summary>
public class PackageTests
{
    public static TheoryData<string> Projects => [.. SourceTree.ProjectNames("src")];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_SaysWhatItIsFor(string project)
    {
        var description = Read(project, "Description");

        Assert.True(description is { Length: > 20 }, $"{project} has no <Description>, so that its package says \"Package Description\".");
    }

    [Fact]
    public void Command_IsATool() => Assert.Equal("true", Read("Rollcall.Cli", "PackAsTool"));

    private static string? Read(string project, string property) =>
        XDocument.Load(SourceTree.Projects("src").Single(p => Path.GetFileNameWithoutExtension(p) == project)).Descendants(property).SingleOrDefault()?.Value;
}
