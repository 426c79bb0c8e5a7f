using System.Text.RegularExpressions;
using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.Grpc.Client;
using Rollcall.TestKit;
using Rollcall.Testing;

namespace Rollcall.Testing.Tests;

/// <summary>The first examples of docs/testing.md and docs/consul-client.md, compiled and run: every line of theirs stands here, in order.</summary>
public sealed partial class PageExamplesTests
{
    private static readonly string[] s_source = Lines(File.ReadAllText(RepositoryRoot.Combine("tests", "Rollcall.Testing.Tests", "PageExamplesTests.cs")));

    [Theory]
    [InlineData("testing.md")]
    [InlineData("consul-client.md")]
    public void Example_IsWhatRunsHere(string page)
    {
        var text = File.ReadAllText(RepositoryRoot.Combine("docs", page));
        var block = text.Split("\n```csharp\n")[1].Split("\n```")[0];
        var next = 0;
        foreach (var line in Lines(block))
        {
            var found = Array.IndexOf(s_source, line, next);
            Assert.True(found >= 0, $"docs/{page} has a line that is not run here: {line}");
            next = found + 1;
        }
    }

    [Fact]
    public async Task ExampleOfTesting_FindsWhatItRegisters()
    {
        await using var agent = await TestAgent.StartAsync();
        using var consul = agent.CreateClient();
        await consul.Agent.RegisterAsync(new ServiceRegistration { Name = "orders", Address = "127.0.0.1", Port = 5001 });

        await using var channel = GrpcChannel.ForAddress("consul:///orders", new GrpcChannelOptions
        {
            ConfigureConsul = o => (o.Address, o.Token, o.Namespace) = (agent.Address, null, null),
        });

        Assert.Single((await consul.Health.ServiceAsync("orders").WithinAsync()).Value);
    }

    [Fact]
    public async Task ExampleOfTheConsulClient_RegistersReadsAndFollows()
    {
        await using var agent = await TestAgent.StartAsync();
        using var end = new CancellationTokenSource();
        var stop = end.Token;
        List<IReadOnlyList<HealthServiceEntry>> shown = [];

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(agent.Address).WithinAsync());

        Assert.Equal("passing", Assert.Single(Assert.Single(shown)).Checks.Single(static c => c.CheckId == "orders-1:alive").Status);

        async Task RunAsync(Uri address)
        {
            using var consul = new ConsulClient(new ConsulClientOptions { Address = address });

            await consul.Agent.RegisterAsync(new ServiceRegistration
            {
                Id = "orders-1",
                Name = "orders",
                Port = 5001,
                Check = new CheckDefinition { CheckId = "orders-1:alive", Ttl = "15s", Status = CheckStatus.Passing },
            });
            await consul.Agent.PassAsync("orders-1:alive");

            var instances = await consul.Health.ServiceAsync("orders", new InstanceQuery { PassingOnly = true });
            await consul.Kv.PutAsync("shop/limit", "10");
            var limit = await consul.Kv.GetAsync("shop/limit");
            Assert.Single(instances.Value);
            Assert.Equal("10"u8.ToArray(), limit.Value?.Value);
            await foreach (var answer in consul.Health.WatchServiceAsync("orders", cancellationToken: stop))
            {
                Show(answer.Value);
            }
        }

        void Show(IReadOnlyList<HealthServiceEntry> list)
        {
            shown.Add(list);
            end.Cancel();
        }
    }

    /// <summary>Without comments, which pages have more of, and blank lines.</summary>
    private static string[] Lines(string text) => [.. text.Split('\n').Select(static line => Comment().Replace(line, "").Trim()).Where(static line => line.Length > 0)];

    [GeneratedRegex(@"(^|\s)\s*//.*$")]
    private static partial Regex Comment();
}
