using System.Reflection;
using System.Text.RegularExpressions;
using Rollcall.TestKit;

namespace Rollcall.Architecture.Tests;

/// <summary>docs/grpc.md tells what is there under which name; each name in the last column of a table must be one.</summary>
public partial class GrpcPageTests
{
    private const BindingFlags Any =
        BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    // Of others, whose assemblies are not looked through.
    private static readonly HashSet<string> s_foreign =
        ["RequireAuthorization", "CreateHandler", "Microsoft.Extensions.DependencyInjection"];

    [Fact]
    public void NamesInTheTables_Exist()
    {
        var types = SourceAssemblies.All.Values.SelectMany(a => a.GetExportedTypes()).ToList();
        var known = types.Select(Name)
            .Concat(types.SelectMany(t => t.GetMembers(Any).Select(m => m.Name)))
            .Concat(types.SelectMany(t => t.GetMembers(Any).Select(m => $"{Name(t)}.{m.Name.Split('`')[0]}")))
            .Concat(types.Select(t => t.Namespace!))
            .Concat(SourceAssemblies.All.Keys)
            .Concat(s_foreign)
            .ToHashSet(StringComparer.Ordinal);
        var named = File.ReadLines(RepositoryRoot.Combine("docs/grpc.md")).Where(line => line.StartsWith('|'))
            .SelectMany(line => Code().Matches(line.TrimEnd('|').Split('|')[^1]).Select(match => match.Groups["name"].Value))
            .ToHashSet(StringComparer.Ordinal);

        Assert.True(named.Count > 80, $"Only {named.Count} names were found in the tables of docs/grpc.md.");
        var absent = named.Except(known).ToList();
        Assert.True(absent.Count == 0, $"docs/grpc.md names what is not there: {string.Join(", ", absent)}");
    }

    [Fact]
    public void UsingLines_BringWhatTheySay()
    {
        var methods = SourceAssemblies.All.Values.SelectMany(a => a.GetExportedTypes())
            .SelectMany(t => t.GetMethods(BindingFlags.Static | BindingFlags.Public).Select(m => $"{t.Namespace}.{m.Name}")).ToHashSet(StringComparer.Ordinal);
        var promised = File.ReadLines(RepositoryRoot.Combine("docs/grpc.md")).Select(line => UsingLine().Match(line)).Where(match => match.Success)
            .SelectMany(match => match.Groups["names"].Value.Split(", ").Select(name => $"{match.Groups["namespace"].Value}.{name}")).ToList();

        Assert.True(promised.Count >= 7, $"Only {promised.Count} methods were found behind the using lines of docs/grpc.md.");
        Assert.Empty(promised.Except(methods));
    }

    private static string Name(Type type) => type.Name.Split('`')[0];

    [GeneratedRegex(@"^using (?<namespace>Rollcall[\w.]*);\s+// (?<names>[\w, ]+)$")]
    private static partial Regex UsingLine();

    // What begins with a small letter is an address or a keyword.
    [GeneratedRegex(@"`(?<name>[A-Z][\w.]*)(?:<[^`]*>)?(?:\(\))?`")]
    private static partial Regex Code();
}
