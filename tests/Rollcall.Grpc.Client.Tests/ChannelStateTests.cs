using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

public class ChannelStateTests
{
    [Fact]
    public async Task ConnectAsync_MakesTheConnectionThatTheFirstCallUses()
    {
        await using var peer = FramePeer.Start((connection, id) => connection.AnswerAsync(id, "x"));
        using var channel = GrpcChannel.ForAddress(peer.Address);
        Assert.Equal(ConnectivityState.Idle, channel.State);

        await channel.ConnectAsync().WithinAsync();

        Assert.Equal(ConnectivityState.Ready, channel.State);
        Assert.Equal((1, 0), (peer.Connections, peer.Streams));
        Assert.Equal("x", await UnaryAsync(channel));
        await channel.ConnectAsync().WithinAsync();
        Assert.Equal((1, 1), (peer.Connections, peer.Streams));
    }

    [Fact]
    public async Task ConnectAsync_OverTls_MakesTheConnectionThatTheFirstCallUses()
    {
        using var certificates = new TestCertificates();
        using var certificate = certificates.Issue("localhost");
        var connections = 0;
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo(), 0, HttpProtocols.Http2, listen =>
        {
            listen.Use(next => connection =>
            {
                Interlocked.Increment(ref connections);
                return next(connection);
            });
            listen.UseHttps(certificate);
        });
        using var channel = GrpcChannel.ForAddress(
            $"https://localhost:{peer.Port}", new GrpcChannelOptions { Credentials = new SslCredentials(certificates.AuthorityPem) });

        await channel.ConnectAsync().WithinAsync();

        Assert.Equal(ConnectivityState.Ready, channel.State);
        Assert.Equal(0, peer.Requests);
        Assert.Equal("x", await UnaryAsync(channel));
        Assert.Equal((1, 1), (Volatile.Read(ref connections), peer.Requests));
    }

    /// <summary>Policies by latency compare calls: how long a connection took is none.</summary>
    [Fact]
    public async Task ConnectAsync_TellsThePolicyOfNoLatency()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        await using var directory = new EndpointDirectory(new StaticEndpointSource(peer.Endpoint));
        await using var balancer = new ServiceBalancer(directory.Watch(new ServiceQuery("peers")), new PeakEwmaPolicy());
        using var channel = GrpcChannel.ForAddress("http://peers", new GrpcChannelOptions { Balancer = balancer });

        await channel.ConnectAsync().WithinAsync();

        Assert.Equal((1L, null), balancer.Describe().Endpoints.Select(static e => (e.Picks, e.AverageLatency)).Single());
    }

    [Fact]
    public async Task ManyAtOnce_AlsoWithCalls_SendNothingButTheCalls()
    {
        for (var i = 0; i < 20; i++)
        {
            await using var peer = FramePeer.Start((connection, id) => connection.AnswerAsync(id, "x"));
            using var channel = GrpcChannel.ForAddress(peer.Address);

            var calls = Enumerable.Range(0, i % 4).Select(_ => UnaryAsync(channel));
            await Task.WhenAll([.. Enumerable.Range(0, 5).Select(_ => channel.ConnectAsync()), .. calls]).WithinAsync();

            Assert.Equal((1, i % 4), (peer.Connections, peer.Streams));
        }
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("bad host")]
    [InlineData("user@127.0.0.1")]
    public async Task EndpointThatCannotBeReached_IsPassedOver(string host)
    {
        await using var peer = FramePeer.Start((connection, id) => connection.AnswerAsync(id, "x"));
        var log = new AttemptLog();
        var nobody = new Endpoint("nobody", host, Channels.Nobody().Port);
        using var channel = Channels.Over("pick_first", o => o.OnAttempt = log.Add, nobody, peer.Endpoint);

        await channel.ConnectAsync().WithinAsync();

        Assert.Equal(ConnectivityState.Ready, channel.State);
        Assert.Equal("x", await UnaryAsync(channel));
        Assert.Single(log.All);
    }

    [Fact]
    public async Task NobodyThere_IsTransientFailureUntilSomebodyIs()
    {
        var port = FreePort.Next();
        var clock = new FakeTimeProvider();
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{port}", new GrpcChannelOptions { TimeProvider = clock });
        using var impatient = new CancellationTokenSource();

        var given = channel.ConnectAsync(impatient.Token);
        var patient = channel.ConnectAsync();
        await ReachAsync(channel, ConnectivityState.TransientFailure);
        await impatient.CancelAsync();
        var error = await Assert.ThrowsAsync<OperationCanceledException>(() => given.WithinAsync());
        Assert.Equal(impatient.Token, error.CancellationToken);
        Assert.Contains($"No connection to 127.0.0.1:{port}", error.Message, StringComparison.Ordinal);
        Assert.Contains("refused", error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.False(patient.IsCompleted);
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo(), port);

        await clock.AdvanceUntilAsync(TimeSpan.FromSeconds(10), () => patient.IsCompleted);
        await patient.WithinAsync();
        Assert.Equal(ConnectivityState.Ready, channel.State);
    }

    [Fact]
    public async Task ConnectionThatEnds_MakesItIdle()
    {
        FramePeerConnection? connection = null;
        await using var peer = FramePeer.Start((c, id) =>
        {
            connection = c;
            return c.AnswerAsync(id, "x");
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        Assert.Equal("x", await UnaryAsync(channel));
        await ReachAsync(channel, ConnectivityState.Ready);
        connection!.Abort();

        await ReachAsync(channel, ConnectivityState.Idle);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task PeerThatSaysNothing_IsConnectingUntilTheConnectTimeout(string scheme)
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        var clock = new FakeTimeProvider();
        using var channel = GrpcChannel.ForAddress(
            $"{scheme}://127.0.0.1:{port}", new GrpcChannelOptions { ConnectTimeout = TimeSpan.FromMilliseconds(300), TimeProvider = clock });
        using var end = new CancellationTokenSource();

        var connecting = channel.ConnectAsync(end.Token);
        await channel.WaitForStateChangedAsync(ConnectivityState.Idle).WithinAsync();
        Assert.Equal(ConnectivityState.Connecting, channel.State);
        await Eventually.TrueAsync(silent.Pending);

        // The pause before the next attempt.
        await clock.WaitForTimersAsync(1);
        await end.CancelAsync();

        var error = await Assert.ThrowsAsync<OperationCanceledException>(() => connecting.WithinAsync());
        Assert.Contains("connect timeout", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PeerThatSaysNothing_IsPassedOver()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var mute = new Endpoint("mute", "127.0.0.1", ((IPEndPoint)silent.LocalEndpoint).Port);
        await using var peer = FramePeer.Start((connection, id) => connection.AnswerAsync(id, "x"));
        using var channel = Channels.Over("pick_first", o => o.ConnectTimeout = TimeSpan.FromMilliseconds(200), mute, peer.Endpoint);

        await channel.ConnectAsync().WithinAsync();

        Assert.Equal(1, peer.Connections);
    }

    [Fact]
    public async Task UntrustedCertificate_IsTransientFailureWithItsReason()
    {
        using var certificates = new TestCertificates();
        using var certificate = certificates.Issue("localhost");
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo(), 0, HttpProtocols.Http2, listen => listen.UseHttps(certificate));
        using var channel = GrpcChannel.ForAddress($"https://localhost:{peer.Port}");
        using var end = new CancellationTokenSource();

        var connecting = channel.ConnectAsync(end.Token);
        await ReachAsync(channel, ConnectivityState.TransientFailure);
        await end.CancelAsync();

        var error = await Assert.ThrowsAsync<OperationCanceledException>(() => connecting.WithinAsync());
        Assert.Contains("certificate", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoInstance_IsConnectingUntilThereIsOne()
    {
        await using var peer = FramePeer.Start((connection, id) => connection.AnswerAsync(id, "x"));
        var source = new ManualSource();
        using var channel = GrpcChannel.ForAddress("consul:///x", new GrpcChannelOptions { Directory = new EndpointDirectory(source) });

        var connecting = channel.ConnectAsync();
        await ReachAsync(channel, ConnectivityState.Connecting);
        source.Set(peer.Endpoint);

        await connecting.WithinAsync();
        Assert.Equal(ConnectivityState.Ready, channel.State);
    }

    [Fact]
    public async Task EndpointThatLeavesTheList_CountsNoMore()
    {
        await using var peer = FramePeer.Start((connection, id) => connection.AnswerAsync(id, "x"));
        var source = new ManualSource(peer.Endpoint);
        using var channel = GrpcChannel.ForAddress("consul:///x", new GrpcChannelOptions { Directory = new EndpointDirectory(source) });
        await channel.ConnectAsync().WithinAsync();

        source.Set();

        await ReachAsync(channel, ConnectivityState.Idle);
        await Eventually.TrueAsync(() => peer.OpenConnections == 0);
    }

    [Fact]
    public async Task DisposedChannel_IsShutDown()
    {
        await using var directory = new EndpointDirectory(new ManualSource());
        var channel = GrpcChannel.ForAddress("consul:///x", new GrpcChannelOptions { Directory = directory });
        var connecting = channel.ConnectAsync();
        await ReachAsync(channel, ConnectivityState.Connecting);
        var change = channel.WaitForStateChangedAsync(ConnectivityState.Connecting);

        await channel.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => connecting.WithinAsync());
        while (channel.State != ConnectivityState.Shutdown)
        {
            await channel.WaitForStateChangedAsync(channel.State).WithinAsync();
        }

        await change.WithinAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => channel.ConnectAsync().WithinAsync());
    }

    [Fact]
    public async Task WaitForStateChanged_ReturnsAtOnceOrWhenItsTokenIsCancelled()
    {
        using var channel = GrpcChannel.ForAddress("http://127.0.0.1:1");
        using var end = new CancellationTokenSource();

        await channel.WaitForStateChangedAsync(ConnectivityState.Ready).WithinAsync();
        var waiting = channel.WaitForStateChangedAsync(ConnectivityState.Idle, end.Token);
        await end.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WithinAsync());
    }

    [Fact]
    public async Task HandlerOfOnesOwn_DoesNotTell()
    {
        using var handler = new SocketsHttpHandler();
        using var channel = GrpcChannel.ForAddress("http://127.0.0.1:1", new GrpcChannelOptions { HttpHandler = handler });

        Assert.Contains("HttpHandler", Assert.Throws<InvalidOperationException>(() => channel.State).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => { _ = channel.ConnectAsync(); });
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await channel.WaitForStateChangedAsync(ConnectivityState.Idle));
    }

    private static Task<string> UnaryAsync(GrpcChannel channel) =>
        channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync();

    /// <summary>Waits by the channel's own means.</summary>
    private static async Task ReachAsync(GrpcChannel channel, ConnectivityState expected)
    {
        for (var state = channel.State; state != expected; state = channel.State)
        {
            await channel.WaitForStateChangedAsync(state).WithinAsync();
        }
    }
}
