using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands;

/// <summary>Whoever registers, or writes a key, decides what stands in lists: it must not steer the terminal of whoever reads them, nor look like a line of its own.</summary>
public sealed class StrangersTextTests(AgentFixture agent) : IClassFixture<AgentFixture>
{
    private const string Steering = "\u001b]0;owned\u0007\u009b2J";

    [Fact]
    public async Task Instances_AreALineEach()
    {
        await RegisterAsync("steer");
        await Eventually.PassesAsync(async () =>
        {
            var result = await CliRun.RunAsync(agent.Address, "instances", "steer");
            AssertHarmless(result.Output);
            Assert.Equal(2, Lines(result.Output).Length);
            Assert.Contains("critical", result.Output, StringComparison.Ordinal);
        });

        // Programs get what is there.
        using var json = JsonDocument.Parse((await CliRun.RunAsync(agent.Address, "instances", "steer", "--json")).Output);
        Assert.Equal("v1\nfake", json.RootElement[0].GetProperty("Service").GetProperty("Tags")[0].GetString());
    }

    [Fact]
    public async Task Services_AreALineEach()
    {
        await RegisterAsync("steers");
        await Eventually.PassesAsync(async () =>
        {
            var result = await CliRun.RunAsync(agent.Address, "services");
            AssertHarmless(result.Output);
            Assert.Contains("steers", result.Output, StringComparison.Ordinal);
            Assert.DoesNotContain(Lines(result.Output), static line => line.StartsWith("fake", StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task Watch_PrintsALineForEachChange()
    {
        await RegisterAsync("steerwatch");
        await using var watch = CliRun.Start(agent.Address, "watch", "steerwatch");
        var line = await watch.Output.NextAsync();
        AssertHarmless(line);
        Assert.Contains(" + steerwatch", line, StringComparison.Ordinal);
        Assert.Equal(0, await watch.InterruptAsync());
        Assert.Single(Lines(watch.Output.ToString()));
    }

    [Fact]
    public async Task Keys_AreALineEach()
    {
        await using var peer = await LoopbackPeer.StartAsync(async context =>
        {
            context.Response.Headers["X-Consul-Index"] = "1";
            await context.Response.WriteAsync($$"""["steer/a\nb\t{{JsonEncodedText.Encode(Steering)}}"]""");
        });
        var result = await CliRun.RunAsync(peer.Address, "kv", "list", "steer/");
        AssertHarmless(result.Output);
        Assert.Single(Lines(result.Output));
    }

    [Fact]
    public async Task Explanation_IsHarmless()
    {
        await RegisterAsync("steerwhy");
        await Eventually.PassesAsync(async () =>
        {
            var result = await CliRun.RunAsync(agent.Address, "explain", "steerwhy", "--no-connect");
            AssertHarmless(result.Output);
            Assert.Contains("critical", result.Output, StringComparison.Ordinal);
            Assert.DoesNotContain(Lines(result.Output), static line => line.StartsWith("fake", StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task Members_AreALineEach()
    {
        await using var peer = await LoopbackPeer.StartAsync(200, $$$"""[{"Name":"n\nfake{{{JsonEncodedText.Encode(Steering)}}}","Addr":"10.0.0.1","Port":1,"Tags":{"dc":"a\tb"},"Status":1}]""");
        var result = await CliRun.RunAsync(peer.Address, "members");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        AssertHarmless(result.Output);
        Assert.Equal(2, Lines(result.Output).Length);
    }

    [Theory]
    [InlineData("services")]
    [InlineData("watch web")]
    public async Task Refusal_IsHarmless(string arguments)
    {
        await using var peer = await LoopbackPeer.StartAsync(500, $"no{Steering}");
        var result = await CliRun.RunAsync(peer.Address, arguments.Split(' '));
        Assert.Equal(1, result.ExitCode);
        AssertHarmless(result.Error);
    }

    private static string[] Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static void AssertHarmless(string output) => Assert.DoesNotContain(output, static c => char.IsControl(c) && c != '\n');

    private async Task RegisterAsync(string name)
    {
        using var client = agent.CreateClient();
        await client.Agent.RegisterAsync(new ServiceRegistration
        {
            Name = name,
            Id = $"{name}{Steering}",
            Port = 81,
            Tags = ["v1\nfake", $"v2\t{Steering}"],
            Check = new CheckDefinition { CheckId = $"{name}-ttl", Ttl = "10m", Status = "critical" },
        }).WithinAsync();
        await client.Agent.FailAsync($"{name}-ttl", $"gone{Steering}\nfake\tline").WithinAsync();
    }
}
