using System.Text.Json.Nodes;
using Rollcall.Agent;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands;

public sealed class AccessHintTests
{
    private const string Token = "b1b1b1b0-0000-0000-0000-000000000000";
    private const string Narrow = "b1b1b1b0-0000-0000-0000-000000000001";

    [Theory]
    [InlineData(0, "services")]
    [InlineData(0, "services", "--json")]
    [InlineData(0, "members")]
    [InlineData(0, "members", "--json")]
    [InlineData(1, "instances", "hidden")]
    [InlineData(0, "instances", "hidden", "--json")]
    public async Task NothingThatMayBeRead_IsToldFromNothing(int exitCode, params string[] arguments)
    {
        await using var agent = await StartAsync();

        var anonymous = await CliRun.RunAsync(agent.HttpAddress, arguments);
        var allowed = await CliRun.RunAsync(WithToken(agent), "", arguments);

        Assert.Equal(exitCode, anonymous.ExitCode);
        Assert.Contains("Access rules are in force at ", anonymous.Error, StringComparison.Ordinal);
        Assert.Contains("Put a token that may read it into CONSUL_HTTP_TOKEN (or --token-file).\n", anonymous.Error, StringComparison.Ordinal);
        Assert.Equal((0, ""), (allowed.ExitCode, allowed.Error));
    }

    [Fact]
    public async Task Watch_TellsItOnce_AndGoesOn()
    {
        await using var agent = await StartAsync();
        await using var watch = CliRun.Start(agent.HttpAddress, "watch", "hidden");

        Assert.Equal("No instance yet; waiting.", await watch.Output.NextAsync());
        Assert.StartsWith("Access rules are in force at ", await watch.Error.NextAsync(), StringComparison.Ordinal);

        Assert.False(watch.ExitCode.IsCompleted);
        Assert.Equal(0, await watch.InterruptAsync());
    }

    // Of a name that there is none of, nothing is hidden from one who may read all.
    [Fact]
    public async Task TokenThatMayReadAll_IsNotToldOfRules()
    {
        await using var agent = await StartAsync();
        var result = await CliRun.RunAsync(WithToken(agent), "", "instances", "nosuch");
        Assert.Equal((1, "No instance of 'nosuch' is registered. See 'rollcall services' for the names.\n"), (result.ExitCode, result.Error));
    }

    /// <summary>A token of a file wins over the variable: what the variable says would change nothing.</summary>
    [Theory]
    [InlineData("services")]
    [InlineData("kv", "get", "k")]
    [InlineData("explain", "hidden")]
    public async Task TokenOfAFile_IsWhatIsToBeReplaced(params string[] arguments)
    {
        await using var agent = await StartAsync();
        using (var client = Client(agent))
        {
            await client.Raw.WriteAsync(HttpMethod.Put, ["acl", "policy"], JsonNode.Parse("""{"Name":"nothing","Rules":"key_prefix \"\" { policy = \"deny\" }"}""")).WithinAsync();
            await client.Raw.WriteAsync(HttpMethod.Put, ["acl", "token"], JsonNode.Parse($$"""{"SecretID":"{{Narrow}}","Policies":[{"Name":"nothing"}]}""")).WithinAsync();
        }

        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, Narrow);
            var ofOption = await CliRun.RunAsync(WithToken(agent), "", [.. arguments, "--token-file", file]);
            var ofVariable = await CliRun.RunAsync(new Dictionary<string, string>(WithToken(agent)) { ["CONSUL_HTTP_TOKEN_FILE"] = file }, "", arguments);

            Assert.Contains($" into {file} (--token-file)", ofOption.Output + ofOption.Error, StringComparison.Ordinal);
            Assert.Contains($" into {file} (CONSUL_HTTP_TOKEN_FILE)", ofVariable.Output + ofVariable.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("CONSUL_HTTP_TOKEN ", ofOption.Output + ofOption.Error + ofVariable.Output + ofVariable.Error, StringComparison.Ordinal);
            Assert.DoesNotContain(Narrow, ofOption.Output + ofOption.Error + ofVariable.Output + ofVariable.Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("services")]
    [InlineData("explain", "hidden")]
    public async Task TokenThatTheAgentDoesNotKnow_IsSaidToBeThat(params string[] arguments)
    {
        await using var agent = await StartAsync();
        var result = await CliRun.RunAsync(WithToken(agent, Narrow), "", arguments);
        Assert.Contains("The agent knows no such token, or it has expired: put another one into CONSUL_HTTP_TOKEN", result.Output + result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Narrow, result.Output + result.Error, StringComparison.Ordinal);
    }

    // What an agent says of itself may be open to who sees no service.
    [Fact]
    public async Task TokenThatMayReadTheAgentAlone_IsToldOfRules()
    {
        await using var agent = await StartAsync();
        using (var client = Client(agent))
        {
            await client.Raw.WriteAsync(HttpMethod.Put, ["acl", "policy"], JsonNode.Parse("""{"Name":"agents","Rules":"agent_prefix \"\" { policy = \"read\" }"}""")).WithinAsync();
            await client.Raw.WriteAsync(HttpMethod.Put, ["acl", "token"], JsonNode.Parse($$"""{"SecretID":"{{Narrow}}","Policies":[{"Name":"agents"}]}""")).WithinAsync();
        }

        var result = await CliRun.RunAsync(WithToken(agent, Narrow), "", "services");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Access rules are in force at ", result.Error, StringComparison.Ordinal);
    }

    // There is nobody to ask for rules then: what may be read is all.
    [Fact]
    public async Task AgentWithoutRules_IsNotSaidToHaveSome()
    {
        await using var agent = await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0, NodeName = "n1" }).WithinAsync();
        var result = await CliRun.RunAsync(agent.HttpAddress, "instances", "nosuch");
        Assert.Equal((1, "No instance of 'nosuch' is registered. See 'rollcall services' for the names.\n"), (result.ExitCode, result.Error));
    }

    private static Dictionary<string, string> WithToken(ConsulAgent agent, string token = Token) => new(CliRun.Environment(agent.HttpAddress)) { ["CONSUL_HTTP_TOKEN"] = token };

    private static Consul.ConsulClient Client(ConsulAgent agent)
    {
        var settings = Consul.ConsulClientOptions.FromEnvironment(static _ => null);
        (settings.Address, settings.Token) = (agent.HttpAddress, Token);
        return new Consul.ConsulClient(settings);
    }

    private static async Task<ConsulAgent> StartAsync()
    {
        var options = new ConsulAgentOptions { HttpPort = 0, NodeName = "n1", Acl = new AclOptions { Enabled = true, AllowByDefault = false, MasterToken = Token } };
        var agent = await ConsulAgent.StartAsync(options).WithinAsync();
        using var client = Client(agent);
        await client.Agent.RegisterAsync(new ServiceRegistration { Name = "hidden", Port = 80 }).WithinAsync();
        return agent;
    }
}
