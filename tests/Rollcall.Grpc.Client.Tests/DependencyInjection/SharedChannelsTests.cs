using System.Diagnostics.Metrics;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests.DependencyInjection;

public class SharedChannelsTests
{
    private readonly ServiceCollection _services = new();
    private int _channels;

    [Fact]
    public async Task SameAddressAndSettings_ShareOneChannel_OthersDoNot()
    {
        Action<GrpcChannelOptions> count = _ => _channels++;
        _services.AddGrpcClient<TextClient>("http://localhost:1").ConfigureChannel(count);
        _services.AddGrpcClient<OtherTextClient>("http://localhost:1").ConfigureChannel(count);
        _services.AddGrpcClient<TextClient>("other address", o => o.Address = new Uri("http://localhost:2")).ConfigureChannel(count);
        await using var provider = _services.BuildServiceProvider();
        var factory = provider.GetRequiredService<Client.DependencyInjection.GrpcClientFactory>();

        for (var i = 0; i < 3; i++)
        {
            factory.CreateClient<TextClient>("TextClient");
            factory.CreateClient<OtherTextClient>("OtherTextClient");
        }

        Assert.Equal(1, _channels);
        factory.CreateClient<TextClient>("other address");
        Assert.Equal(2, _channels);
    }

    [Fact]
    public async Task SettingsFromServices_MakeAChannelOfItsOwn()
    {
        _services.AddGrpcClient<TextClient>("http://localhost:1").ConfigureChannel((services, _) => Count(services));
        _services.AddGrpcClient<OtherTextClient>("http://localhost:1").ConfigureChannel((services, _) => Count(services));
        await using var provider = _services.BuildServiceProvider();

        Assert.NotNull(provider.GetRequiredService<TextClient>());
        Assert.NotNull(provider.GetRequiredService<OtherTextClient>());
        Assert.Equal(2, _channels);

        void Count(IServiceProvider services)
        {
            Assert.NotNull(services.GetRequiredService<IServiceScopeFactory>());
            _channels++;
        }
    }

    [Fact]
    public async Task ClientsWithoutSettings_ShareOneConnection()
    {
        var connections = new HashSet<string>();
        await using var peer = await TextPeer.StartAsync(context =>
        {
            lock (connections)
            {
                connections.Add(context.Connection.Id);
            }

            return TextPeer.Echo()(context);
        });
        _services.AddGrpcClient<TextClient>(peer.Address);
        _services.AddGrpcClient<OtherTextClient>(peer.Address);
        await using var provider = _services.BuildServiceProvider();

        await provider.GetRequiredService<TextClient>().UnaryAsync("x").ResponseAsync.WithinAsync();
        await provider.GetRequiredService<OtherTextClient>().UnaryAsync("x").ResponseAsync.WithinAsync();

        Assert.Single(connections);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task EndOfTheContainer_EndsChannelsAndTheirCalls(bool asynchronously)
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Hang);
        _services.AddGrpcClient<TextClient>(peer.Address);
        _services.AddGrpcClient<OtherTextClient>("consul://" + Channels.Nobody().Authority + "/nobody");
        var provider = _services.BuildServiceProvider();
        var client = provider.GetRequiredService<TextClient>();
        var call = client.UnaryAsync("x");
        Assert.NotNull(provider.GetRequiredService<OtherTextClient>());
        await Eventually.TrueAsync(() => peer.Requests == 1);

        if (asynchronously)
        {
            await provider.DisposeAsync().AsTask().WithinAsync();
        }
        else
        {
            await Task.Run(provider.Dispose).WithinAsync();
        }

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        Assert.Throws<ObjectDisposedException>(() => { client.UnaryAsync("x"); });
    }

    [Fact]
    public async Task ClockOfTheContainer_IsThatOfDeadlines()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Hang);
        var clock = new FakeTimeProvider();
        _services.AddSingleton<TimeProvider>(clock);
        _services.AddGrpcClient<TextClient>(peer.Address);
        await using var provider = _services.BuildServiceProvider();

        var call = provider.GetRequiredService<TextClient>()
            .UnaryAsync("x", new CallOptions(deadline: clock.GetUtcNow().UtcDateTime.AddHours(1)));
        await Eventually.TrueAsync(() => peer.Requests == 1);
        clock.Advance(TimeSpan.FromHours(1));

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
    }

    [Fact]
    public async Task LogOfTheContainer_IsThatOfChannels()
    {
        using var log = new LogCollector();
        _services.AddLogging(b => b.SetMinimumLevel(LogLevel.Debug).AddProvider(log));
        _services.AddGrpcClient<TextClient>($"http://{Channels.Nobody().Authority}");
        await using var provider = _services.BuildServiceProvider();

        await Assert.ThrowsAsync<RpcException>(() => provider.GetRequiredService<TextClient>().UnaryAsync("x").ResponseAsync.WithinAsync());

        Assert.Contains(log.Entries, e => e.Category == "Rollcall.Grpc.Client");
    }

    [Fact]
    public async Task MetersOfTheContainer_MeasureItsCalls()
    {
        using var meters = new TelemetryCollector();
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        _services.AddSingleton<IMeterFactory>(meters);
        _services.AddGrpcClient<TextClient>(peer.Address);
        await using var provider = _services.BuildServiceProvider();

        await provider.GetRequiredService<TextClient>().UnaryAsync("x").ResponseAsync.WithinAsync();

        await Eventually.TrueAsync(() => meters.Measurements.Any(m => m.Instrument.Name == "rpc.client.call.duration"));
    }
}
