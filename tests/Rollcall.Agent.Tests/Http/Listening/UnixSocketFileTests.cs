using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Http.Listening;

public sealed class UnixSocketFileTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rollcall-test-");

    public void Dispose() => _directory.Delete(recursive: true);

    // To give it away takes root; to oneself, nothing.
    [RequiresCommandFact("stat")]
    public async Task Owner_IsWhoTheConfigurationSays()
    {
        var (user, group) = Environment.IsPrivilegedProcess ? ("65534", "65533") : (await AskAsync("id", "-u"), await AskAsync("id", "-g"));
        await using (await StartAsync($"user = \"{user}\" group = \"{group}\" mode = \"0660\""))
        {
            Assert.Equal($"{user} {group} 660", await AskAsync("stat", "-c", "%u %g %a", Socket));
        }
    }

    // The names of others than those that it belongs to anyway.
    [RequiresRootFact]
    public async Task Owner_MayBeAName()
    {
        var (user, group) = (NameOfAnother("/etc/passwd"), NameOfAnother("/etc/group"));
        await using (await StartAsync($"user = \"{user}\" group = \"{group}\""))
        {
            Assert.Equal($"{user} {group}", await AskAsync("stat", "-c", "%U %G", Socket));
        }
    }

    // Consul's words.
    [Theory]
    [InlineData("user = \"nope\"", "failed to look up user nope: user: unknown user nope")]
    [InlineData("group = \"nope\"", "invalid group specified: nope")]
    [InlineData("user = \"-1\"", "unknown user -1")]
    public async Task UnknownOwner_IsNamed(string sockets, string message)
    {
        var fault = await Assert.ThrowsAsync<ConsulAgentException>(async () => await (await StartAsync(sockets)).DisposeAsync());
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.Contains("unix_sockets", fault.Message, StringComparison.Ordinal);
    }

    private string Socket => Path.Combine(_directory.FullName, "agent.sock");

    // Either has the name first and the number third.
    private static string NameOfAnother(string file) => File.ReadLines(file).Select(static line => line.Split(':')).First(static fields => fields.Length > 2 && fields[2] != "0")[0];

    private static async Task<string> AskAsync(string program, params string[] arguments) => (await ChildProcess.RunAsync(program, arguments)).Output.Trim();

    private async Task<ConsulAgent> StartAsync(string sockets)
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("test", $$"""addresses { http = "unix://{{Socket}}" } unix_sockets { {{sockets}} }""", "hcl");
        var options = configuration.ToOptions();
        options.DnsPort = -1;
        return await ConsulAgent.StartAsync(options);
    }
}
