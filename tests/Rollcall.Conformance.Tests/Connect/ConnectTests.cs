using Rollcall.Conformance.Tests.Differential;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Connect;

/// <summary>The agent, which has no mesh, beside a Consul whose configuration has none.</summary>
public class ConnectTests
{
    [RequiresConsulFact]
    public async Task RequestsForTheMesh_AreAnsweredAsByAConsulWithoutIt()
    {
        await using var embedded = await TestedAgent.StartEmbeddedAsync();
        await using var consul = await TestedAgent.StartConsulAsync(new RealConsulOptions { ExtraArguments = { "-hcl", "connect { enabled = false }" } });
        var steps = Transcript.ReadFile(Path.Combine(Transcript.Folder("Connect"), "disabled.txt"));

        var expected = await new Replay(consul, "node1").RunAsync(steps);
        var answers = await new Replay(embedded, "node1").RunAsync(steps);

        for (var i = 0; i < steps.Count; i++)
        {
            Assert.True(expected[i] == answers[i], $"step {i}: {steps[i]}\nConsul:   {expected[i]}\nembedded: {answers[i]}");
        }
    }
}
