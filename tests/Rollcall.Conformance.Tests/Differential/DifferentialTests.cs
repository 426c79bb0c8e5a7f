using System.Globalization;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Differential;

/// <summary>The same requests in the same order to the embedded agent and to a real Consul: answers have to agree but for ids, times and indexes.</summary>
public class DifferentialTests(Agents agents) : IClassFixture<Agents>
{
    private static readonly int s_sequences = GeneratedSequences.Count(usual: 40);

    [RequiresConsulTheory]
    [MemberData(nameof(Names))]
    public async Task Transcript_GivesTheSameAnswers(string name) => await CompareAsync(name, Transcript.Read(name));

    public static TheoryData<string> Names => [.. Transcript.Names];

    [RequiresConsulFact]
    public async Task GeneratedSequences_GiveTheSameAnswers()
    {
        for (var seed = 1; seed <= s_sequences; seed++)
        {
            var steps = new RequestGenerator(seed).Sequence(25);
            await CompareAsync(string.Create(CultureInfo.InvariantCulture, $"sequence {seed}"), [.. steps, .. RequestGenerator.CleanUp(steps)]);
        }
    }

    private async Task CompareAsync(string name, IReadOnlyList<Step> steps)
    {
        var ours = await agents.GetAsync(AgentKind.Embedded);
        var theirs = await agents.GetAsync(AgentKind.Consul);
        var (answers, expected) = (await RunAsync(ours, steps), await RunAsync(theirs, steps));
        for (var i = 0; i < steps.Count; i++)
        {
            Assert.True(
                expected[i] == answers[i],
                $"{name}, step {i}: {steps[i]}\nConsul:   {expected[i]}\nembedded: {answers[i]}\nafter:\n{string.Join('\n', steps.Take(i))}");
        }
    }

    private static async Task<List<string>> RunAsync(TestedAgent agent, IReadOnlyList<Step> steps)
    {
        var node = (await agent.GetAsync("/v1/agent/self")).Json!["Config"]!["NodeName"]!.GetValue<string>();
        return await new Replay(agent, node).RunAsync(steps.Select(step => new Step(step.Method, Named(step.Path), step.Body is null ? null : Named(step.Body))));

        string Named(string text) => text.Replace("<node>", node, StringComparison.Ordinal);
    }
}
