using System.Globalization;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Programs;

/// <summary>npm's <c>consul</c>, a client that many services use, on both agents.</summary>
public class NodeConsulTests(Agents agents) : IClassFixture<Agents>
{
    private static readonly string[] s_expected =
    [
        "critical 0",
        """passing ["npm-1",81,["v1"],{"k":"v"}]""",
        """services "npm" """.TrimEnd(),
        """catalog ["v1"]""",
        """nodes ["127.0.0.1"]""",
        "maintained 0",
        "set true",
        """get "one" """.TrimEnd(),
        "cas true",
        "cas again false",
        "absent true",
        """keys ["npm/a"]""",
        "acquire true",
        "holder true",
        "release true",
        "sessions 0",
        """execute ["npm-1"]""",
        "event true",
        """watched "seen" """.TrimEnd(),
        "leader true",
        "deleted true",
        "gone 0",
    ];

    [RequiresNodeConsulTheory]
    [OnEmbedded]
    [OnConsul]
    public async Task LifeOfAProgram(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);

        var output = await ChildProcess.RunAsync(
            "node",
            [
                RepositoryRoot.Combine("tests", "Rollcall.Conformance.Tests", "Programs", "node-consul.js"),
                agent.Address.Host,
                agent.Address.Port.ToString(CultureInfo.InvariantCulture),
            ],
            new Dictionary<string, string?> { ["NODE_PATH"] = NodeConsul.ModulesPath },
            timeout: TimeSpan.FromSeconds(60));

        Assert.True(output.ExitCode == 0, output.Error);
        Assert.Equal(s_expected, output.Output.TrimEnd().Split('\n'));
    }
}
