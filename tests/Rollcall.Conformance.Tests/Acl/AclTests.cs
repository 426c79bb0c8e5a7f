using Rollcall.Conformance.Tests.Differential;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Acl;

/// <summary>Access rules where what no rule is about is refused.</summary>
public class AclTests(DenyingAgents agents) : IClassFixture<DenyingAgents>
{
    private static readonly string s_folder = RepositoryRoot.Combine("tests", "Rollcall.Conformance.Tests", "Acl", "Transcripts");

    public static TheoryData<string> Names => [.. Directory.EnumerateFiles(s_folder, "*.txt").Select(static file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [RequiresConsulTheory]
    [MemberData(nameof(Names))]
    public Task Transcript_GivesTheSameAnswers(string name) => AclComparison.CompareAsync(agents, name, AclComparison.Read(Path.Combine(s_folder, $"{name}.txt")));
}
