using Rollcall.TestKit;

namespace Rollcall.Architecture.Tests;

public class PublicApiTests
{
    private const string Recording = "ROLLCALL_RECORD_API";

    public static TheoryData<string> Projects => ReferenceTests.Projects;

    // What users compile against changes only on purpose: the change to this file is reviewed with the change to the code.
    [Theory]
    [MemberData(nameof(Projects))]
    public void PublicApi_IsAsRecorded(string project)
    {
        var file = RepositoryRoot.Combine($"src/{project}/PublicApi.txt");
        var lines = PublicApi.Describe(SourceAssemblies.All[project]);
        if (Environment.GetEnvironmentVariable(Recording) is not null)
        {
            File.WriteAllText(file, string.Concat(lines.Select(line => line + "\n")));
        }

        var recorded = File.Exists(file) ? File.ReadAllLines(file) : [];
        var changes = recorded.Except(lines).Select(line => $"- {line}").Concat(lines.Except(recorded).Select(line => $"+ {line}")).ToList();
        Assert.True(
            changes.Count == 0 && recorded.SequenceEqual(lines),
            $"The public API of {project} is not what src/{project}/PublicApi.txt says. If that is meant, record it: "
            + $"{Recording}=1 dotnet test tests/Rollcall.Architecture.Tests --filter PublicApi\n{string.Join('\n', changes.Take(60))}");
    }
}
