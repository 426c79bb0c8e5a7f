using System.Globalization;
using System.Text.RegularExpressions;
using Rollcall.Agent;
using Rollcall.Conformance.Tests.Differential;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Connect;

/// <summary>The agent, which has no mesh, beside a Consul whose configuration has none, and one that has.</summary>
public partial class ConnectTests
{
    private static readonly int s_sequences = GeneratedSequences.Count(usual: 40);

    [RequiresConsulFact]
    public async Task RequestsForTheMesh_AreAnsweredAsByAConsulWithoutIt()
    {
        await using var embedded = await TestedAgent.StartEmbeddedAsync();
        await using var consul = await TestedAgent.StartConsulAsync(new RealConsulOptions { ExtraArguments = { "-hcl", "connect { enabled = false }" } });

        await CompareAsync(embedded, consul, Transcript.ReadFile(Path.Combine(Transcript.Folder("Connect"), "disabled.txt")), static answer => answer);
    }

    [RequiresConsulFact]
    public async Task DiscoveryChains_AreThoseOfAConsulWithConnect()
    {
        await using var embedded = await TestedAgent.StartEmbeddedAsync(new ConsulAgentOptions { ConnectEnabled = true });
        await using var consul = await TestedAgent.StartConsulAsync();

        await CompareAsync(embedded, consul, Transcript.ReadFile(Path.Combine(Transcript.Folder("Connect"), "discovery-chain.txt")), static answer => answer);
    }

    [RequiresConsulFact]
    public async Task GeneratedConfigEntries_MakeTheSameChains()
    {
        await using var embedded = await TestedAgent.StartEmbeddedAsync(new ConsulAgentOptions { ConnectEnabled = true });
        await using var consul = await TestedAgent.StartConsulAsync();

        for (var seed = 1; seed <= s_sequences; seed++)
        {
            // Of several chains that can't be made, Consul tells one in random order.
            await CompareAsync(embedded, consul, new ChainRequestGenerator(seed).Sequence(25), static answer => Refusal().Replace(answer, "500 refused"));
        }
    }

    private static async Task CompareAsync(TestedAgent embedded, TestedAgent consul, IReadOnlyList<Step> steps, Func<string, string> comparable)
    {
        var expected = await new Replay(consul, "node1").RunAsync(steps);
        var answers = await new Replay(embedded, "node1").RunAsync(steps);
        for (var i = 0; i < steps.Count; i++)
        {
            Assert.True(
                comparable(expected[i]) == comparable(answers[i]),
                $"step {i}: {steps[i]}\nConsul:   {expected[i]}\nembedded: {answers[i]}\nafter:\n{string.Join('\n', steps.Take(i))}");
        }
    }

    [GeneratedRegex("^500 .*(discovery chain|detected circular|does not have a subset|an external SNI set|does not match defined).*$")]
    private static partial Regex Refusal();
}
