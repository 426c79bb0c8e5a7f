using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Grpc.Core;
using Rollcall.Agent;
using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>Where the picks of a channel that was made by hand are measured.</summary>
public sealed class DiscoveryMetersTests : IAsyncLifetime
{
    // No other test's, because the meter of the process is theirs, too.
    private const string Service = "measured-by-hand";

    private ConsulAgent _agent = null!;
    private TextPeer _peer = null!;

    public async Task InitializeAsync()
    {
        _agent = await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0, DnsPort = 0 });
        _peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var consul = new ConsulClient(new ConsulClientOptions { Address = _agent.HttpAddress });
        await consul.Agent.RegisterAsync(new ServiceRegistration { Name = Service, Address = IPAddress.Loopback.ToString(), Port = _peer.Port });
    }

    public async Task DisposeAsync()
    {
        await _peer.DisposeAsync();
        await _agent.DisposeAsync();
    }

    [Theory]
    [InlineData("consul")]
    [InlineData("dns+srv")]
    public async Task ChannelByHand_IsMeasuredOnTheMeterOfTheProcess_OrOfTheFactoryThatItHas(string scheme)
    {
        ConcurrentBag<Meter> meters = [];
        using var collector = new TelemetryCollector();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument is { Name: "rollcall.discovery.picks", Meter.Name: "Rollcall.Discovery" } && !ReferenceEquals(instrument.Meter.Scope, collector))
                {
                    l.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) =>
        {
            if (tags.ToArray().Any(static tag => tag is { Key: "rollcall.service", Value: string name } && name.StartsWith(Service, StringComparison.Ordinal)))
            {
                meters.Add(instrument.Meter);
            }
        });
        listener.Start();

        await CallAsync(scheme, factory: null);
        await CallAsync(scheme, factory: null);
        Assert.Equal(2, meters.Count);
        Assert.Single(meters.Distinct());
        Assert.Empty(collector.Measurements);

        // Also while another channel has the directory of the process.
        await using var other = Channel(scheme, factory: null);
        await CallAsync(scheme, collector);
        Assert.Equal(2, meters.Count);
        Assert.Equal(1, collector.Sum("rollcall.discovery.picks"));
    }

    private async Task CallAsync(string scheme, IMeterFactory? factory)
    {
        await using var channel = Channel(scheme, factory);
        await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync();
    }

    private GrpcChannel Channel(string scheme, IMeterFactory? factory) => GrpcChannel.ForAddress(
        scheme == "consul" ? $"consul://{_agent.HttpAddress.Authority}/{Service}" : $"dns+srv://{_agent.DnsEndPoint}/{Service}.service.consul",
        new GrpcChannelOptions { MeterFactory = factory });
}
