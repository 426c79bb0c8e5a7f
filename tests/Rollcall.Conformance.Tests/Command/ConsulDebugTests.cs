using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Command;

/// <summary><c>consul debug</c> takes its time; here it keeps no other command waiting.</summary>
public class ConsulDebugTests(Agents agents) : IClassFixture<Agents>
{
    [RequiresConsulFact]
    public async Task Debug_Captures()
    {
        var agent = await agents.GetAsync(AgentKind.Embedded);
        var directory = Directory.CreateTempSubdirectory("rollcall-test-");
        try
        {
            // For less than 10 seconds it does not run.
            var done = await RealConsul.RunCommandAsync(
                agent.Address, "debug", "-duration=10s", "-interval=5s", "-capture=agent", "-capture=host", "-capture=cluster", "-capture=metrics", "-archive=false", $"-output={directory.FullName}/out");

            Assert.True(done.ExitCode == 0, $"{done.ExitCode}\n{done.Output}{done.Error}");
            Assert.Contains("Saved debug archive", done.Output, StringComparison.Ordinal);
            foreach (var file in (string[])["agent.json", "host.json", "cluster.json"])
            {
                Assert.True(File.Exists(Path.Combine(directory.FullName, "out", file)), file);
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
