namespace Rollcall.Cli.Tests.Commands;

public sealed class RegisterCommandTests(AgentFixture agent) : IClassFixture<AgentFixture>
{
    [Fact]
    public async Task Everything_IsRegistered()
    {
        var result = await CliRun.RunAsync(
            agent.Address, "register", "-name=reg", "--id", "reg-1", "--address", "10.1.1.1", "--port", "4711", "--tag", "a", "--tag", "b",
            "--meta", "k=v=w", "--weight", "3", "--warning-weight", "0", "--check-http", "http://127.0.0.1:1/", "--check-tcp", "127.0.0.1:1", "--check-grpc", "127.0.0.1:1/svc",
            "--check-ttl", "1m", "--interval", "1h", "--timeout", "2s", "--deregister-after", "90m");
        Assert.Equal((0, "Registered service: reg (id reg-1)\n", ""), (result.ExitCode, result.Output, result.Error));

        using var client = agent.CreateClient();
        var service = (await client.Agent.ServiceAsync("reg-1")).Value!;
        Assert.Equal(("reg", "10.1.1.1", 4711), (service.Service, service.Address, service.Port));
        Assert.Equal(["a", "b"], service.Tags!);
        Assert.Equal("v=w", service.Meta!["k"]);
        Assert.Equal((3, 0), (service.Weights.Passing, service.Weights.Warning));
        var checks = (await client.Agent.ChecksAsync()).Value.Values.Where(static check => check.ServiceId == "reg-1");
        Assert.Equal(["grpc", "http", "tcp", "ttl"], checks.Select(static check => check.Type).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("api.example")]
    [InlineData("my_host")]
    [InlineData("_a.example")]
    [InlineData("fd00::1")]
    [InlineData("10.0.0.1")]
    public async Task HostThatCallersCanUse_IsRegistered(string address)
    {
        var result = await CliRun.RunAsync(agent.Address, "register", "--name", "host", "--address", address);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        using var client = agent.CreateClient();
        Assert.Equal(address, (await client.Agent.ServiceAsync("host")).Value!.Address);
    }

    [Fact]
    public async Task Again_WithoutChecks_RemovesTheOldOnes()
    {
        await CliRun.RunAsync(agent.Address, "register", "--name", "again", "--check-ttl", "1m");
        var result = await CliRun.RunAsync(agent.Address, "register", "--name", "again");
        Assert.Equal(0, result.ExitCode);
        using var client = agent.CreateClient();
        Assert.DoesNotContain((await client.Agent.ChecksAsync()).Value.Values, static check => check.ServiceId == "again");
    }

    [Fact]
    public async Task Again_LeavesMaintenanceAndTheChecksOfOthers()
    {
        await CliRun.RunAsync(agent.Address, "register", "--name", "kept", "--check-ttl", "1m", "--check-tcp", "127.0.0.1:1", "--interval", "1h");
        using var client = agent.CreateClient();
        await client.Agent.SetServiceMaintenanceAsync("kept", enable: true, "disk full");
        await client.Agent.RegisterCheckAsync(new() { Name = "theirs", ServiceId = "kept", Ttl = "1m" });

        var result = await CliRun.RunAsync(agent.Address, "register", "--name", "kept", "--check-ttl", "1m");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        var checks = (await client.Agent.ChecksAsync()).Value.Values.Where(static check => check.ServiceId == "kept");
        Assert.Equal(["_service_maintenance:kept", "service:kept", "theirs"], checks.Select(static check => check.CheckId).Order(StringComparer.Ordinal));
    }
}
