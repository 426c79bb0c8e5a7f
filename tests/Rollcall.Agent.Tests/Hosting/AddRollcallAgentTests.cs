using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Hosting;

public sealed class AddRollcallAgentTests
{
    [Fact]
    public async Task RunsFromBeforeTheOthersStartUntilTheHostIsDisposed()
    {
        var caller = new Caller();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<IHostedService>(provider =>
        {
            caller.Agent = provider.GetRequiredService<ConsulAgent>;
            return caller;
        });
        builder.Services.AddRollcallAgent(options => options.HttpPort = 0);
        builder.Services.AddRollcallAgent(options => options.NodeName = "embedded");
        using var host = builder.Build();

        await host.StartAsync().WithinAsync();
        var agent = host.Services.GetRequiredService<ConsulAgent>();
        Assert.Equal("embedded", agent.NodeName);
        await host.StopAsync().WithinAsync();
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK], caller.Answers);
        Assert.False(agent.Stopped.IsCompleted);

        host.Dispose();
        Assert.True(agent.Stopped.IsCompleted);
    }

    [Fact]
    public async Task PortTaken_HostSaysSoAndDoesNotStart()
    {
        await using var other = await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0 });
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddRollcallAgent(options => options.HttpPort = other.HttpAddress.Port);
        using var host = builder.Build();

        var exception = await Assert.ThrowsAsync<ConsulAgentException>(() => host.StartAsync()).WithinAsync();

        Assert.Contains("is taken", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AskedForTooEarly_SaysWhen()
    {
        var services = new ServiceCollection();
        services.AddRollcallAgent();
        await using var provider = services.BuildServiceProvider();

        var exception = Assert.Throws<InvalidOperationException>(provider.GetRequiredService<ConsulAgent>);

        Assert.Contains("after the host has started", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", 29130, "http://127.0.0.1:29130/")]
    [InlineData("0.0.0.0", 29130, "http://127.0.0.1:29130/")]
    public void AddressOfAGivenPort_IsKnownBeforeTheStart(string client, int port, string address)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddRollcallAgent(options => (options.ClientAddress, options.HttpPort) = (client, port));
        using var host = builder.Build();

        Assert.Equal(new Uri(address), host.Services.GetRequiredService<IEmbeddedAgent>().Address);
    }

    [Fact]
    public async Task FreePort_AskedForBeforeTheStart_IsTheOneThatItListensOn()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddRollcallAgent(options => options.HttpPort = 0);
        using var host = builder.Build();
        var early = host.Services.GetRequiredService<IEmbeddedAgent>().Address;

        await host.StartAsync().WithinAsync();

        Assert.Equal(early, host.Services.GetRequiredService<ConsulAgent>().HttpAddress);
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(early!, "/v1/status/leader")).WithinAsync();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await host.StopAsync().WithinAsync();
    }

    private sealed class Caller : IHostedService
    {
        public Func<ConsulAgent> Agent { get; set; } = null!;

        public List<HttpStatusCode> Answers { get; } = [];

        public Task StartAsync(CancellationToken cancellationToken) => CallAsync(cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => CallAsync(cancellationToken);

        private async Task CallAsync(CancellationToken cancellationToken)
        {
            using var http = new HttpClient();
            using var answer = await http.GetAsync(new Uri(Agent().HttpAddress, "/v1/status/leader"), cancellationToken);
            Answers.Add(answer.StatusCode);
        }
    }
}
