using System.Net;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.Agent;
using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.Discovery;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

public sealed class ByDnsTests : IAsyncLifetime
{
    private ConsulAgent _agent = null!;
    private TextPeer _first = null!;
    private TextPeer _second = null!;

    public async Task InitializeAsync()
    {
        _agent = await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0, DnsPort = 0 });
        (_first, _second) = (await TextPeer.StartAsync(TextPeer.Echo("first ")), await TextPeer.StartAsync(TextPeer.Echo("second ")));
        using var consul = new ConsulClient(new ConsulClientOptions { Address = _agent.HttpAddress });
        foreach (var (peer, tag) in new[] { (_first, "v1"), (_second, "v2") })
        {
            await consul.Agent.RegisterAsync(new ServiceRegistration { Id = tag, Name = "texts", Address = IPAddress.Loopback.ToString(), Port = peer.Port, Tags = [tag] });
        }
    }

    public async Task DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
        await _agent.DisposeAsync();
    }

    [Fact]
    public async Task SrvTarget_CallsAllInstances_ByItsPolicy()
    {
        using var channel = GrpcChannel.ForAddress($"dns+srv://{_agent.DnsEndPoint}/texts.service.consul?policy=round_robin");

        Assert.Equal(["first x", "first x", "second x", "second x"], [.. (await CallAsync(channel, 4)).Order(StringComparer.Ordinal)]);
    }

    [Fact]
    public async Task AddressTarget_HasAllInstancesAtItsPort()
    {
        await using var channel = GrpcChannel.ForAddress($"dns://{_agent.DnsEndPoint}/v2.texts.service.consul:{_second.Port}");

        Assert.Equal(["second x"], await CallAsync(channel, 1));
    }

    [Fact]
    public async Task ClientOfAContainer_TakesTheTarget()
    {
        var services = new ServiceCollection();
        services.AddGrpcClient<TextClient>($"dns+srv://{_agent.DnsEndPoint}/v1.texts.service.consul");
        await using var provider = services.BuildServiceProvider();

        Assert.Equal("first x", await provider.GetRequiredService<TextClient>().UnaryAsync("x").ResponseAsync.WithinAsync());
    }

    [Fact]
    public async Task DirectoryOfTheOptions_IsAskedInPlaceOfDns()
    {
        await using var directory = new EndpointDirectory(new StaticEndpointSource(_second.Endpoint));
        using var channel = GrpcChannel.ForAddress("dns+srv:///texts.service.consul", new GrpcChannelOptions { Directory = directory });

        Assert.Equal(["second x"], await CallAsync(channel, 1));
    }

    private static async Task<List<string>> CallAsync(GrpcChannel channel, int count)
    {
        List<string> replies = [];
        for (var i = 0; i < count; i++)
        {
            replies.Add(await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());
        }

        return replies;
    }
}
