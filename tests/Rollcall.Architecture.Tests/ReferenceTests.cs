using System.Reflection;
using System.Runtime.CompilerServices;

namespace Rollcall.Architecture.Tests;

public class ReferenceTests
{
    public static TheoryData<string> Projects => [.. SourceTree.ProjectNames("src")];

    [Theory]
    [MemberData(nameof(Projects))]
    public void ProjectFile_ReferencesOnlyWhatTheTableAllows(string project)
    {
        Assert.True(
            ProjectGraph.Allowed.TryGetValue(project, out var allowed),
            $"src/{project} is not in ProjectGraph.Allowed: add it with what it may reference, and add its reference to this test project.");

        var file = SourceTree.Projects("src").Single(p => Path.GetFileNameWithoutExtension(p) == project);
        var named = SourceTree.Includes(file, "ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Replace('\\', '/')));
        var tooMany = named.Except(allowed).ToList();

        Assert.True(
            tooMany.Count == 0,
            $"{project} must not reference {string.Join(", ", tooMany)}. Move what it needs to a project it may reference "
            + $"({(allowed.Length == 0 ? "it is a leaf: none" : string.Join(", ", allowed))}), or change ProjectGraph and record the decision.");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Assembly_UsesOnlyWhatTheTableReaches(string project)
    {
        var reachable = ProjectGraph.Reachable(project);
        var tooMany = SourceAssemblies.All[project].GetReferencedAssemblies().Select(a => a.Name!)
            .Where(name => name.StartsWith("Rollcall", StringComparison.OrdinalIgnoreCase) && !reachable.Contains(name)).ToList();

        Assert.True(tooMany.Count == 0, $"The assembly {project} uses {string.Join(", ", tooMany)}, which ProjectGraph does not allow.");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Assembly_UsesNothingOfGrpcDotnet(string project)
    {
        var foreign = SourceAssemblies.All[project].GetReferencedAssemblies().Select(a => a.Name!)
            .Where(name => name.StartsWith("Grpc.", StringComparison.Ordinal)).ToList();

        Assert.True(foreign.Count == 0, $"{project} uses {string.Join(", ", foreign)}, which declares the types of Rollcall.Grpc anew: only the foreign peer of Rollcall.Interop.Tests may.");
    }

    [Fact]
    public void Table_NamesOnlyProjectsThatExist()
    {
        var gone = ProjectGraph.Allowed.Keys.Except(SourceTree.ProjectNames("src")).ToList();
        Assert.True(gone.Count == 0, $"Remove from ProjectGraph.Allowed: {string.Join(", ", gone)}");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Internals_AreVisibleToTestsOnly(string project)
    {
        var others = SourceAssemblies.All[project].GetCustomAttributes<InternalsVisibleToAttribute>().Select(a => a.AssemblyName.Split(',')[0])
            .Where(name => !name.EndsWith(".Tests", StringComparison.Ordinal)
                && !name.EndsWith(".Fuzz", StringComparison.Ordinal)
                && name != "Rollcall.LoadTest").ToList();

        Assert.True(
            others.Count == 0,
            $"{project} shows its internals to {string.Join(", ", others)}: make what is needed public, or move it. "
            + "Only test, bench and fuzz projects may look inside.");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void SourceProject_HasATestProject(string project) =>
        Assert.True(
            SourceTree.ProjectNames("tests").Contains(project + ".Tests"),
            $"Add tests/{project}.Tests for src/{project}.");

    [Fact]
    public void Solution_HasEveryProject()
    {
        var solution = File.ReadAllText(TestKit.RepositoryRoot.Combine("Rollcall.slnx"));

        // A foreign peer's packages are not for everybody's restore; the installer of the tests' tools builds it.
        var absent = new[] { "src", "tests", "bench", "samples", "fuzz" }.SelectMany(SourceTree.Projects).Select(SourceTree.Relative)
            .Where(p => !p.Replace('\\', '/').Contains("/Peers/", StringComparison.Ordinal))
            .Where(p => !solution.Contains($"\"{p.Replace('\\', '/')}\"", StringComparison.Ordinal)).ToList();

        Assert.True(absent.Count == 0, $"Add to Rollcall.slnx, or nothing builds and tests them: {string.Join(", ", absent)}");
    }
}
