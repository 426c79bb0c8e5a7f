using System.Globalization;
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

    [RequiresConsulFact]
    public async Task GeneratedSequences_GiveTheSameAnswers()
    {
        for (var seed = 1; seed <= AclRequestGenerator.Sequences; seed++)
        {
            await AclComparison.CompareAsync(agents, string.Create(CultureInfo.InvariantCulture, $"sequence {seed}"), new AclRequestGenerator(seed).Sequence(40));
        }
    }
}
