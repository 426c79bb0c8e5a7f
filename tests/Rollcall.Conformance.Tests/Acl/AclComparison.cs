using Rollcall.Conformance.Tests.Differential;

namespace Rollcall.Conformance.Tests.Acl;

/// <summary>The same requests under the same tokens to both agents: answers have to agree.</summary>
internal static class AclComparison
{
    public static async Task CompareAsync(AclAgents agents, string name, IReadOnlyList<Step> steps)
    {
        var answers = await new Replay(agents.Embedded, "node1").RunAsync(steps);
        var expected = await new Replay(agents.Consul!, "node1").RunAsync(steps);
        for (var i = 0; i < steps.Count; i++)
        {
            Assert.True(
                expected[i] == answers[i],
                $"{name}, step {i}: {steps[i]}\nConsul:   {expected[i]}\nembedded: {answers[i]}\nafter:\n{string.Join('\n', steps.Take(i))}");
        }
    }

    /// <summary>
    /// A transcript of <c>Acl/Transcripts/</c>: as those of <c>Differential/</c>, and <c>as SECRET</c> says whose token the following requests carry, <c>as -</c>
    /// that they carry none.
    /// </summary>
    public static IReadOnlyList<Step> Read(string path)
    {
        var steps = new List<Step>();
        var token = (string?)AclAgents.Master;
        foreach (var line in File.ReadLines(path).Where(static line => line.Length > 0 && line[0] != '#'))
        {
            var parts = line.Split(' ', 3);
            if (parts[0] == "as")
            {
                token = parts[1] switch { "-" => null, "master" => AclAgents.Master, "agent-master" => AclAgents.AgentMaster, var secret => secret };
                continue;
            }

            steps.Add(new Step(parts[0], $"/v1/{parts[1]}", parts.Length < 3 ? null : parts[2] == "<empty>" ? "" : parts[2], token));
        }

        return steps;
    }
}
