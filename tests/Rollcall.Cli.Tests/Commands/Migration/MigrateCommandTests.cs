using Rollcall.Agent;
using Rollcall.Consul;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands.Migration;

public sealed class MigrateCommandTests
{
    [Fact]
    public async Task Keys_AreCarriedWithValueAndFlagsAndOnlyOnce()
    {
        await using var from = await StartAsync();
        await using var to = await StartAsync();
        using var source = AgentFixture.CreateClient(from.HttpAddress);
        using var target = AgentFixture.CreateClient(to.HttpAddress);
        await source.Kv.PutAsync("app/a", new byte[] { 0, 255 }, flags: 7).WithinAsync();
        await source.Kv.PutAsync("app/empty", Array.Empty<byte>()).WithinAsync();
        await source.Kv.PutAsync("other", new byte[] { 1 }).WithinAsync();

        var dry = await RunAsync(from, to, "--only", "kv", "--dry-run");
        Assert.Equal((0, "3 keys: 3 would be carried, 0 would be replaced, 0 there already, 0 different and left.\n"), (dry.ExitCode, dry.Output));
        Assert.Empty((await target.Kv.ListAsync("").WithinAsync()).Value);

        var first = await RunAsync(from, to, "--prefix", "app/");
        Assert.Equal((0, "2 keys: 2 carried, 0 replaced, 0 there already, 0 different and left.\n"), (first.ExitCode, first.Output));

        var all = await RunAsync(from, to, "--only", "kv");
        Assert.Equal((0, "3 keys: 1 carried, 0 replaced, 2 there already, 0 different and left.\n"), (all.ExitCode, all.Output));
        var carried = (await target.Kv.GetAsync("app/a").WithinAsync()).Value!;
        Assert.Equal(7ul, carried.Flags);
        Assert.Equal([0, 255], carried.Value!);
        Assert.Empty((await target.Kv.GetAsync("app/empty").WithinAsync()).Value!.Value ?? []);
    }

    [Fact]
    public async Task KeyThatIsDifferentThere_IsLeftUnlessItIsToBeReplaced()
    {
        await using var from = await StartAsync();
        await using var to = await StartAsync();
        using var source = AgentFixture.CreateClient(from.HttpAddress);
        using var target = AgentFixture.CreateClient(to.HttpAddress);
        await source.Kv.PutAsync("a", new byte[] { 1 }).WithinAsync();
        await target.Kv.PutAsync("a", new byte[] { 2 }).WithinAsync();

        var left = await RunAsync(from, to);
        Assert.Equal(1, left.ExitCode);
        Assert.Contains("Left as it is there: a\n", left.Error, StringComparison.Ordinal);
        Assert.Contains("--overwrite", left.Error, StringComparison.Ordinal);
        Assert.Equal([2], (await target.Kv.GetAsync("a").WithinAsync()).Value!.Value!);

        var replaced = await RunAsync(from, to, "--only", "kv", "--overwrite");
        Assert.Equal((0, "1 keys: 0 carried, 1 replaced, 0 there already, 0 different and left.\n"), (replaced.ExitCode, replaced.Output));
        Assert.Equal([1], (await target.Kv.GetAsync("a").WithinAsync()).Value!.Value!);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AddressWhereNobodyAnswers_IsToldWithTheOptionThatNamesIt(bool isTarget)
    {
        await using var agent = await StartAsync();
        using var client = AgentFixture.CreateClient(agent.HttpAddress);
        await client.Kv.PutAsync("a", new byte[] { 1 }).WithinAsync();
        var nowhere = $"http://127.0.0.1:{FreePort.Next()}";
        var result = await CliRun.RunAsync(
            agent.HttpAddress, "migrate", "--from", isTarget ? agent.HttpAddress.ToString() : nowhere, "--to", isTarget ? nowhere : agent.HttpAddress.ToString());

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"{nowhere} can't be reached", result.Error, StringComparison.Ordinal);
        Assert.Contains("or set --from or --to.", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("CONSUL_HTTP_ADDR", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SameAgent_IsRefused()
    {
        await using var agent = await StartAsync();

        var result = await RunAsync(agent, agent);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("are the same agent", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--prefix is about keys", "--only", "config", "--prefix", "app/")]
    [InlineData("'sessions'", "--only", "sessions")]
    public async Task WrongChoice_IsRefused(string expected, params string[] arguments)
    {
        await using var from = await StartAsync();
        await using var to = await StartAsync();

        var result = await RunAsync(from, to, arguments);

        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
    }

    [RequiresConsulFact]
    public async Task EmbeddedAgent_ToConsul()
    {
        await using var from = await StartAsync();
        await using var consul = await RealConsul.StartAsync();
        using var source = AgentFixture.CreateClient(from.HttpAddress);
        using var target = AgentFixture.CreateClient(consul.Address);
        for (var i = 0; i < 50; i++)
        {
            await source.Kv.PutAsync($"config/{i}", new[] { (byte)i }, flags: (ulong)i).WithinAsync();
        }

        var result = await CliRun.RunAsync(from.HttpAddress, "migrate", "--from", from.HttpAddress.ToString(), "--to", consul.Address.ToString());

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        var (here, there) = ((await source.Kv.ListAsync("").WithinAsync()).Value, (await target.Kv.ListAsync("").WithinAsync()).Value);
        Assert.Equal(here.Select(pair => (pair.Key, pair.Flags, pair.Value![0])), there.Select(pair => (pair.Key, pair.Flags, pair.Value![0])));
    }

    private static Task<ConsulAgent> StartAsync() => ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0, NodeName = "n" });

    private static Task<CliResult> RunAsync(ConsulAgent from, ConsulAgent to, params string[] arguments) =>
        CliRun.RunAsync(from.HttpAddress, ["migrate", "--from", from.HttpAddress.ToString(), "--to", to.HttpAddress.ToString(), .. arguments]);
}
