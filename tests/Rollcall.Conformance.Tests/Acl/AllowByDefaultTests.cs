using System.Globalization;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Acl;

/// <summary>Access rules where what no rule is about is allowed.</summary>
public class AllowByDefaultTests(AllowingAgents agents) : IClassFixture<AllowingAgents>
{
    [RequiresConsulFact]
    public async Task GeneratedSequences_GiveTheSameAnswers()
    {
        for (var seed = 1; seed <= AclRequestGenerator.Sequences; seed++)
        {
            await AclComparison.CompareAsync(agents, string.Create(CultureInfo.InvariantCulture, $"sequence {seed}"), new AclRequestGenerator(seed).Sequence(40));
        }
    }
}
