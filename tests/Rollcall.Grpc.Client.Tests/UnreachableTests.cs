using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Rollcall.Discovery;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

public class UnreachableTests
{
    [Fact]
    public async Task RefusedPort_IsUnavailableForEachKindAndNamesTheEndpoint()
    {
        var nobody = Channels.Nobody();
        using var channel = GrpcChannel.ForAddress($"http://{nobody.Authority}");
        var invoker = channel.CreateCallInvoker();

        var error = Assert.Throws<RpcException>(() => invoker.BlockingUnaryCall(TextMethods.Unary, null, default, "x"));
        Check(error);

        var unary = invoker.AsyncUnaryCall(TextMethods.Unary, null, default, "x");
        Check(await Assert.ThrowsAsync<RpcException>(() => unary.ResponseAsync.WithinAsync()));
        Check(await Assert.ThrowsAsync<RpcException>(() => unary.ResponseHeadersAsync.WithinAsync()));
        Assert.Equal(StatusCode.Unavailable, unary.GetStatus().StatusCode);

        var server = invoker.AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "x");
        Check(await Assert.ThrowsAsync<RpcException>(() => server.ResponseStream.MoveNext(default).WithinAsync()));
        Check(await Assert.ThrowsAsync<RpcException>(() => server.ResponseHeadersAsync.WithinAsync()));

        var client = invoker.AsyncClientStreamingCall(TextMethods.ClientStream, null, default);
        Check(await Assert.ThrowsAsync<RpcException>(() => client.RequestStream.WriteAsync("x").WithinAsync()));
        Check(await Assert.ThrowsAsync<RpcException>(() => client.ResponseAsync.WithinAsync()));

        var duplex = invoker.AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);
        Check(await Assert.ThrowsAsync<RpcException>(() => duplex.RequestStream.WriteAsync("x").WithinAsync()));
        Check(await Assert.ThrowsAsync<RpcException>(() => duplex.ResponseStream.MoveNext(default).WithinAsync()));
        await duplex.RequestStream.CompleteAsync().WithinAsync();

        void Check(RpcException e)
        {
            Assert.Equal(StatusCode.Unavailable, e.StatusCode);
            Assert.Contains(nobody.Authority, e.Status.Detail, StringComparison.Ordinal);
            Assert.Contains("refused", e.Status.Detail, StringComparison.OrdinalIgnoreCase);
        }
    }

    /// <summary>An address can't be made of it: nobody has seen the call.</summary>
    [Theory]
    [InlineData(false, "bad host")]
    [InlineData(true, "bad host")]
    [InlineData(false, "user@127.0.0.1")]
    [InlineData(false, "user@127.0.0.1", true)]
    public async Task EndpointWhoseHostIsNone_CostsNoCallAndIsNamedWhereThereIsNoOther(bool hedges, string host, bool givenHandler = false)
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var handler = new SocketsHttpHandler();
        var bad = new Discovery.Endpoint("bad", host, peer.Endpoint.Port);
        using var both = Channels.Over("pick_first", Configure, bad, peer.Endpoint);
        using var alone = Channels.Over("pick_first", Configure, bad);

        Assert.Equal("a", await both.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "a").ResponseAsync.WithinAsync());

        var error = await Assert.ThrowsAsync<RpcException>(
            () => alone.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "a").ResponseAsync.WithinAsync());
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains($"{host}:{peer.Endpoint.Port}", error.Status.Detail, StringComparison.Ordinal);

        void Configure(GrpcChannelOptions options)
        {
            options.ServiceConfig = hedges ? Policies.Hedge(2, TimeSpan.FromMinutes(1)) : null;
            options.HttpHandler = givenHandler ? handler : null;
        }
    }

    [Theory]
    [InlineData("pick_first", 1)]
    [InlineData("round_robin", 1)]
    [InlineData("round_robin", 2)]
    public async Task DeadEndpoints_CostNoCallOfAnyKind(string policy, int dead)
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        var log = new AttemptLog();
        Discovery.Endpoint[] endpoints = [.. Enumerable.Range(0, dead).Select(_ => Channels.Nobody()), peer.Endpoint];
        using var channel = Channels.Over(policy, o => o.OnAttempt = log.Add, endpoints);
        var invoker = channel.CreateCallInvoker();

        for (var i = 0; i < 10; i++)
        {
            using var unary = invoker.AsyncUnaryCall(TextMethods.Unary, null, default, "a");
            Assert.Equal("a", await unary.ResponseAsync.WithinAsync());
            Assert.Equal(peer.Port, unary.GetEndpoint()?.Port);

            using var server = invoker.AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "b");
            Assert.True(await server.ResponseStream.MoveNext(default).WithinAsync());
            Assert.Equal("b", server.ResponseStream.Current);
            Assert.Equal(peer.Port, server.GetEndpoint()?.Port);

            using var client = invoker.AsyncClientStreamingCall(TextMethods.ClientStream, null, default);
            await client.RequestStream.WriteAsync("c").WithinAsync();
            await client.RequestStream.CompleteAsync().WithinAsync();
            Assert.Equal("c", await client.ResponseAsync.WithinAsync());
            Assert.Equal(peer.Port, client.GetEndpoint()?.Port);

            using var duplex = invoker.AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);
            await duplex.RequestStream.WriteAsync("d").WithinAsync();
            Assert.True(await duplex.ResponseStream.MoveNext(default).WithinAsync());
            await duplex.RequestStream.CompleteAsync().WithinAsync();
            Assert.False(await duplex.ResponseStream.MoveNext(default).WithinAsync());
            Assert.Equal(peer.Port, duplex.GetEndpoint()?.Port);
        }

        Assert.All(log.All.Where(a => a.Fate == AttemptFate.Moved), a => Assert.Equal(StatusCode.Unavailable, a.StatusCode));
        Assert.Contains(log.All, a => a.Fate == AttemptFate.Moved);
        Assert.DoesNotContain(log.All, a => a.Fate == AttemptFate.Retried);
    }

    [Fact]
    public async Task AllEndpointsDead_EachIsTriedOnce()
    {
        var log = new AttemptLog();
        using var channel = Channels.Over("round_robin", o => o.OnAttempt = log.Add, Channels.Nobody(), Channels.Nobody(), Channels.Nobody());

        var error = await Assert.ThrowsAsync<RpcException>(
            () => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Equal(3, log.All.Count);
        Assert.Equal(3, log.All.Select(a => a.Endpoint).Distinct().Count());
        Assert.Equal([AttemptFate.Moved, AttemptFate.Moved, AttemptFate.Final], log.All.Select(a => a.Fate));
        Assert.Equal([1, 2, 3], log.All.Select(a => a.Number));
    }

    [Fact]
    public async Task NoInstance_IsUnavailableAndSaysWhy()
    {
        using var channel = Channels.Over("round_robin", null);

        var error = await Assert.ThrowsAsync<RpcException>(
            () => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("No instance of 'peers'", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PeerThatDoesNotAnswerTheHandshake_DoesNotHoldCalls()
    {
        // Accepts connections and says nothing: with TLS, the call waits for the handshake until the connect timeout.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        using var channel = GrpcChannel.ForAddress(
            $"https://127.0.0.1:{port}", new GrpcChannelOptions { ConnectTimeout = TimeSpan.FromMilliseconds(100) });

        var error = await Assert.ThrowsAsync<RpcException>(
            () => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("connect timeout", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TlsToAServerWithoutIt_SaysThatTheHandshakeFailed()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = GrpcChannel.ForAddress($"https://{peer.Endpoint.Authority}");

        var error = await Assert.ThrowsAsync<RpcException>(
            () => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains($"No connection to {peer.Endpoint.Authority}: the TLS handshake failed: ", error.Status.Detail, StringComparison.Ordinal);
        Assert.EndsWith("http:// and ChannelCredentials.Insecure are for that.", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MoreMetadataThanTheServerTakes_IsTheCallersFault_AndNoEndpointIsToBlame()
    {
        await using var one = await TextPeer.StartAsync(TextPeer.Echo());
        await using var other = await TextPeer.StartAsync(TextPeer.Echo());
        var log = new AttemptLog();
        using var channel = Channels.Over("round_robin", options => options.OnAttempt = log.Add, one.Endpoint, other.Endpoint);
        var invoker = channel.CreateCallInvoker();

        // The limit comes with a server's SETTINGS.
        for (var i = 0; i < 4; i++)
        {
            await invoker.AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync();
        }

        var error = await Assert.ThrowsAsync<RpcException>(() => invoker.AsyncUnaryCall(
            TextMethods.Unary, null, new CallOptions(new Metadata { { "large", new string('x', 40_000) } }).WithWaitForReady(), "x").ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.Contains("The metadata of the call is more than ", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(6, log.All.Count);
        for (var i = 0; i < 4; i++)
        {
            await invoker.AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync();
        }

        Assert.Equal(2, log.All.Skip(6).Select(attempt => attempt.Endpoint).Distinct().Count());
    }

    [Fact]
    public async Task HandlerThatKnowsNoInstance_IsHeard()
    {
        var why = new NoEndpointException(new ServiceQuery("orders"), NoEndpointReason.NoInstance, "No instance of 'orders' is known.");
        using var channel = GrpcChannel.ForAddress(
            "http://orders", new GrpcChannelOptions { HttpHandler = new ThrowingHandler(() => throw new HttpRequestException("no instance", why)) });

        var error = await Assert.ThrowsAsync<RpcException>(
            () => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Equal(why.Message, error.Status.Detail);
    }

    [Fact]
    public async Task NoTlsToAServerWithIt_SaysWhatMayBe()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var channel = GrpcChannel.ForAddress($"http://{listener.LocalEndpoint}");
        var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync;

        // What a server with TLS does once it has read what is no handshake.
        using (var connection = await listener.AcceptTcpClientAsync().WithinAsync())
        {
            await connection.GetStream().ReadExactlyAsync(new byte[24]).AsTask().WithinAsync();
            connection.Client.Shutdown(SocketShutdown.Send);
            var error = await Assert.ThrowsAsync<RpcException>(() => call.WithinAsync());

            Assert.Equal(StatusCode.Unavailable, error.StatusCode);
            Assert.Contains("Perhaps it speaks TLS there: https:// and ChannelCredentials.SecureSsl are for that.", error.Status.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task HandlerThatThrowsBeforeItSends_IsInternal_AndNoEndpointIsToBlame()
    {
        var (runs, log) = (0, new AttemptLog());
        using var channel = Channels.Over(
            "round_robin",
            options =>
            {
                options.HttpHandler = new ThrowingHandler(() =>
                {
                    runs++;
                    throw new InvalidOperationException("no token today");
                });
                options.OnAttempt = log.Add;
            },
            new Endpoint("a", "127.0.0.1", 1),
            new Endpoint("b", "127.0.0.1", 2));

        var error = await Assert.ThrowsAsync<RpcException>(
            () => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());

        Assert.Equal((StatusCode.Internal, "The channel's HTTP handler failed before it sent the call: no token today."), (error.StatusCode, error.Status.Detail));
        Assert.Equal(1, runs);
        Assert.Equal(StatusCode.Internal, Assert.Single(log.All).StatusCode);
    }

    [Fact]
    public async Task Http1Server_IsNamedAsSuch()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo(), 0, HttpProtocols.Http1, null);
        using var channel = GrpcChannel.ForAddress(peer.Address);

        var error = await Assert.ThrowsAsync<RpcException>(
            () => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());

        // Kestrel closes the connection with bytes of ours unread, and the reset that makes may overtake its answer.
        Assert.True(error.StatusCode is StatusCode.Internal or StatusCode.Unavailable, error.Status.ToString());
        Assert.Contains("HttpProtocols.Http2", error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains(peer.Endpoint.Authority, error.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ServerThatClosesBeforeItsFirstFrame_MaySpeakHttp1(bool resets)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var closing = CloseEachAsync(listener, resets);
        using var channel = GrpcChannel.ForAddress($"http://{listener.LocalEndpoint}");

        var error = await Assert.ThrowsAsync<RpcException>(
            () => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("HttpProtocols.Http2", error.Status.Detail, StringComparison.Ordinal);
        listener.Stop();
        await closing.WithinAsync();
    }

    [Fact]
    public async Task WaitForReady_WaitsUntilTheServerIsThere()
    {
        var port = FreePort.Next();
        var log = new AttemptLog();
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{port}", new GrpcChannelOptions { OnAttempt = log.Add });

        var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default(CallOptions).WithWaitForReady(), "x");
        await Eventually.TrueAsync(() => log.All.Count >= 2);
        Assert.False(call.ResponseAsync.IsCompleted);
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo(), port);

        Assert.Equal("x", await call.ResponseAsync.WithinAsync());
    }

    [Fact]
    public async Task PeerThatHangs_IsFoundByPings()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peer = FramePeer.Start((_, _) => go.Task);
        using var channel = GrpcChannel.ForAddress(
            peer.Address,
            new GrpcChannelOptions { KeepAlivePingDelay = TimeSpan.FromSeconds(1), KeepAlivePingTimeout = TimeSpan.FromSeconds(1) });

        // The peer reads nothing while it waits, pings neither.
        var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x");
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync(TimeSpan.FromSeconds(20)));

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        go.SetResult();
    }

    [Fact]
    public async Task PickFirst_EndpointThatTakesForeverToConnect_NextOneAnswersLongBeforeTheConnectTimeout()
    {
        using var deaf = DeafListener.Start();
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());

        // Waited for, if nothing else ends the wait: longer than the test.
        using var channel = Channels.Over(
            "pick_first", o => o.ConnectTimeout = TimeSpan.FromMinutes(1), new Discovery.Endpoint("deaf", "127.0.0.1", deaf.Port), peer.Endpoint);
        var invoker = channel.CreateCallInvoker();

        var calls = Enumerable.Range(0, 8).Select(_ => invoker.AsyncUnaryCall(TextMethods.Unary, null, default, "a").ResponseAsync);
        Assert.Equal(Enumerable.Repeat("a", 8), await Task.WhenAll(calls).WithinAsync());
    }

    /// <summary>What a server does that serves nothing: reads the client's first bytes, and closes.</summary>
    private static async Task CloseEachAsync(TcpListener listener, bool resets)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptSocketAsync();
                var preface = new byte[24];
                await new NetworkStream(client).ReadExactlyAsync(preface);
                client.LingerState = new LingerOption(resets, 0);
            }
        }
        catch (SocketException)
        {
            // It was stopped.
        }
    }

    private sealed class ThrowingHandler(Action run) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            run();
            throw new InvalidOperationException("It goes on where it should not.");
        }
    }
}
