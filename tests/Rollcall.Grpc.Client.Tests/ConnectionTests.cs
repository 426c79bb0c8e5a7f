using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Rollcall.Discovery;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

public class ConnectionTests
{
    [Fact]
    public async Task ListChanges_KeepsConnectionsThatStayAndDropsTheOthersAfterTheirCalls()
    {
        var finish = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var staying = FramePeer.Start((connection, id) => connection.AnswerAsync(id, "staying"));
        await using var leaving = FramePeer.Start(async (connection, id) =>
        {
            await connection.ResponseHeadersAsync(id);
            await connection.MessageAsync(id, "leaving");
            _ = finish.Task.ContinueWith(_ => connection.TrailersAsync(id, 0), TaskScheduler.Default);
        });
        var source = new ManualSource(leaving.Endpoint);
        using var channel = GrpcChannel.ForAddress("consul:///x", new GrpcChannelOptions { Directory = new EndpointDirectory(source) });
        var invoker = channel.CreateCallInvoker();
        using var stream = invoker.AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "x");
        Assert.True(await stream.ResponseStream.MoveNext(default).WithinAsync());

        source.Set(leaving.Endpoint, staying.Endpoint);
        await Eventually.TrueAsync(() => channel.Balancer.Describe().Endpoints.Length == 2);
        source.Set(staying.Endpoint);
        await Eventually.TrueAsync(() => channel.Balancer.Describe().Endpoints.Length == 1);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("staying", await invoker.AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());
            source.Set(staying.Endpoint, new Endpoint($"other-{i}", "127.0.0.1", 1000 + i));
            await Eventually.TrueAsync(() => channel.Balancer.Describe().Endpoints.Length == 2);
            source.Set(staying.Endpoint);
            await Eventually.TrueAsync(() => channel.Balancer.Describe().Endpoints.Length == 1);
        }

        Assert.Equal(1, staying.Connections);
        Assert.Equal(1, leaving.OpenConnections);
        finish.SetResult();
        Assert.False(await stream.ResponseStream.MoveNext(default).WithinAsync());
        await Eventually.TrueAsync(() => leaving.OpenConnections == 0);
    }

    [Theory]
    [InlineData(30)]
    [InlineData(null)]
    public async Task TimesThatNoTimerTakes_CountAsADay(int? days)
    {
        var time = days is { } number ? TimeSpan.FromDays(number) : TimeSpan.MaxValue;
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        var options = new GrpcChannelOptions { ConnectTimeout = time, KeepAlivePingDelay = time, KeepAlivePingTimeout = time };
        using var calling = GrpcChannel.ForAddress(peer.Address, options);
        using var connecting = GrpcChannel.ForAddress(peer.Address, options);

        Assert.Equal("x", await calling.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());
        await connecting.ConnectAsync().WithinAsync();
    }

    [Fact]
    public async Task InstancesThatLeft_AreForgottenWithTheirConnections()
    {
        var source = new ManualSource();
        await using var directory = new EndpointDirectory(source);
        using var channel = GrpcChannel.ForAddress("consul:///x", new GrpcChannelOptions { Directory = directory });
        var seen = new List<WeakReference>();
        for (var i = 0; i < 10; i++)
        {
            await CallNewInstanceAsync();
        }

        // The one in the list, and the one before it where somebody yet compares the two.
        await Eventually.TrueAsync(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return seen.Count(static s => s.IsAlive) <= 4;
        });

        async Task CallNewInstanceAsync()
        {
            await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
            source.Set(peer.Endpoint);
            await Eventually.TrueAsync(() => channel.Balancer.Describe().Endpoints is [var only] && only.Endpoint.Port == peer.Port);
            using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x");
            Assert.Equal("x", await call.ResponseAsync.WithinAsync());
            var endpoint = call.GetEndpoint()!;
            seen.Add(new WeakReference(endpoint));
            seen.Add(new WeakReference(channel.GetMethod(TextMethods.Unary).GetTarget(endpoint).Transport));
        }
    }

    [Fact]
    public async Task EndpointThatComesBack_IsCalledAgain()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        var source = new ManualSource(peer.Endpoint);
        using var channel = GrpcChannel.ForAddress("consul:///x", new GrpcChannelOptions { Directory = new EndpointDirectory(source) });

        for (var i = 0; i < 3; i++)
        {
            var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default(CallOptions).WithWaitForReady(), "x");
            Assert.Equal("x", await call.ResponseAsync.WithinAsync());
            source.Set();
            await Eventually.TrueAsync(() => channel.Balancer.Describe().Endpoints.IsEmpty);
            source.Set(peer.Endpoint);
        }
    }

    [Fact]
    public async Task FlappingList_FailsNoCall()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        var other = new Endpoint("zz", "127.0.0.1", peer.Port);
        var source = new ManualSource(peer.Endpoint);
        using var channel = GrpcChannel.ForAddress("consul:///x", new GrpcChannelOptions { Directory = new EndpointDirectory(source) });
        var go = true;
        var calls = 0;

        var load = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (Volatile.Read(ref go))
            {
                Assert.Equal("x", await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync);
                Interlocked.Increment(ref calls);
            }
        })));
        for (var i = 0; i < 40; i++)
        {
            source.Set(i % 2 == 0 ? other : peer.Endpoint);
            var before = Volatile.Read(ref calls);
            await Eventually.TrueAsync(() => Volatile.Read(ref calls) > before + 5 || load.IsFaulted);
        }

        Volatile.Write(ref go, false);
        await load.WithinAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task MoreCallsThanStreamsOfAConnection_OpenAnother()
    {
        var waiting = 0;
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            Interlocked.Increment(ref waiting);
            await go.Task;
            await TextPeer.Echo()(context);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        // Kestrel allows 100 streams to a connection.
        var calls = Enumerable.Range(0, 150)
            .Select(_ => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync).ToArray();
        await Eventually.TrueAsync(() => Volatile.Read(ref waiting) == 150);
        go.SetResult();

        Assert.All(await Task.WhenAll(calls).WithinAsync(), answer => Assert.Equal("x", answer));
    }

    [Fact]
    public async Task StreamsThatStayOpen_TakeAsManyConnectionsAsTheServersLimitAsks()
    {
        var connections = new HashSet<string>();
        await using var peer = await TextPeer.StartAsync(
            context =>
            {
                lock (connections)
                {
                    connections.Add(context.Connection.Id);
                }

                return TextPeer.Echo()(context);
            },
            0,
            HttpProtocols.Http2,
            listen => listen.KestrelServerOptions.Limits.Http2.MaxStreamsPerConnection = 3);
        using var channel = GrpcChannel.ForAddress(peer.Address);

        var calls = new List<AsyncDuplexStreamingCall<string, string>>();
        for (var i = 0; i < 20; i++)
        {
            var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);
            calls.Add(call);
            await call.RequestStream.WriteAsync($"{i}").WithinAsync();
            Assert.True(await call.ResponseStream.MoveNext(default).WithinAsync());
        }

        Assert.InRange(connections.Count, 7, 20);
        foreach (var call in calls)
        {
            await call.RequestStream.CompleteAsync().WithinAsync();
            Assert.False(await call.ResponseStream.MoveNext(default).WithinAsync());
        }

        // And down again: what is free is used.
        var before = connections.Count;
        Assert.Equal("x", await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());
        Assert.Equal(before, connections.Count);
    }

    [Fact]
    public async Task ClientCertificateThatIsMissing_IsUnavailable()
    {
        using var certificates = new TestCertificates();
        using var serverCertificate = certificates.Issue("localhost");
        await using var peer = await TextPeer.StartAsync(
            TextPeer.Echo(), 0, HttpProtocols.Http2, listen => listen.UseHttps(serverCertificate, https =>
            {
                https.ClientCertificateMode = Microsoft.AspNetCore.Server.Kestrel.Https.ClientCertificateMode.RequireCertificate;
                https.AllowAnyClientCertificate();
            }));
        using var channel = GrpcChannel.ForAddress(
            $"https://localhost:{peer.Port}", new GrpcChannelOptions { Credentials = new SslCredentials(certificates.AuthorityPem) });

        var error = await Assert.ThrowsAsync<RpcException>(
            () => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Equal(0, peer.Requests);
    }

    [Fact]
    public async Task Tls_WithOwnRootsAndClientCertificate()
    {
        using var certificates = new TestCertificates();
        using var serverCertificate = certificates.Issue("localhost");
        using var clientCertificate = certificates.Issue("client");
        X509Certificate2? client = null;
        await using var peer = await TextPeer.StartAsync(
            async context =>
            {
                client = await context.Connection.GetClientCertificateAsync();
                await TextPeer.Echo()(context);
            },
            0,
            HttpProtocols.Http2,
            listen => listen.UseHttps(serverCertificate, https =>
            {
                https.ClientCertificateMode = Microsoft.AspNetCore.Server.Kestrel.Https.ClientCertificateMode.RequireCertificate;
                https.AllowAnyClientCertificate();
            }));
        var seen = "";
        var pair = new KeyCertificatePair(
            clientCertificate.ExportCertificatePem(), clientCertificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        var credentials = new SslCredentials(certificates.AuthorityPem, pair, context =>
        {
            seen = context.TargetName;
            return true;
        });

        using var channel = GrpcChannel.ForAddress($"https://localhost:{peer.Port}", new GrpcChannelOptions { Credentials = credentials });
        Assert.Equal("x", await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());
        Assert.Equal(clientCertificate.Thumbprint, client?.Thumbprint);
        Assert.Equal("localhost", seen);

        using var distrusting = GrpcChannel.ForAddress($"https://localhost:{peer.Port}");
        var error = await Assert.ThrowsAsync<RpcException>(
            () => distrusting.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("certificate", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Authority_IsWhatServersAreCalledAndTheirCertificatesCarry()
    {
        using var certificates = new TestCertificates();
        using var certificate = certificates.Issue("orders.example.com");
        var seen = "";
        await using var peer = await TextPeer.StartAsync(
            context =>
            {
                seen = context.Request.Host.Value;
                return TextPeer.Echo()(context);
            },
            0,
            HttpProtocols.Http2,
            listen => listen.UseHttps(certificate));
        var credentials = new SslCredentials(certificates.AuthorityPem);
        using var channel = Channels.Over(
            "pick_first", o => (o.Credentials, o.Authority) = (credentials, "orders.example.com"), peer.Endpoint);
        using var unnamed = Channels.Over("pick_first", o => o.Credentials = credentials, peer.Endpoint);

        await channel.ConnectAsync().WithinAsync();
        Assert.Equal("x", await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());
        Assert.Equal("orders.example.com", seen);

        var error = await Assert.ThrowsAsync<RpcException>(
            () => unnamed.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("https://orders.example.com")]
    [InlineData("orders.example.com/path")]
    [InlineData("user@orders.example.com")]
    [InlineData("two words")]
    public void AuthorityThatIsNone_IsRefused(string authority)
    {
        var error = Assert.Throws<ArgumentException>(
            () => GrpcChannel.ForAddress("https://localhost:1", new GrpcChannelOptions { Authority = authority }));

        Assert.Contains("GrpcChannelOptions.Authority must be a host name", error.Message, StringComparison.Ordinal);
    }
}
