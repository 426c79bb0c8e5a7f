using System.Globalization;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Acl;

/// <summary>
/// Generated requests under generated rules. With agents of their own: a sequence that one agent did not get to the end of leaves other policies on both, and
/// transcripts list them all.
/// </summary>
public abstract class AclSequenceTests(AclAgents agents)
{
    // Policies and tokens of a sequence stay, and each one lists all tokens: with the same agents the time would grow with the square of the number.
    private const int SequencesOfAgents = 50;

    [RequiresConsulFact]
    public async Task GeneratedSequences_GiveTheSameAnswers()
    {
        for (var seed = 1; seed <= AclRequestGenerator.Sequences; seed++)
        {
            if (seed % SequencesOfAgents == 0)
            {
                await agents.BeginAnewAsync();
            }

            await AclComparison.CompareAsync(agents, string.Create(CultureInfo.InvariantCulture, $"sequence {seed}"), new AclRequestGenerator(seed).Sequence(40));
        }
    }
}
