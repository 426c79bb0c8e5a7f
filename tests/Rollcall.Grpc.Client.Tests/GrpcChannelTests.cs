using Grpc.Core;
using Grpc.Core.Interceptors;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;
using Rollcall.Grpc.Client.Configuration;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

public class GrpcChannelTests
{
    [Theory]
    [InlineData("", "no scheme")]
    [InlineData("localhost:5001", "http://localhost:5001")]
    [InlineData("consul:shop", "for example consul:///shop.")]
    [InlineData("dns:///demo", "has no port")]
    [InlineData("dns+srv:///demo?tag=v1", "parts of the name")]
    [InlineData("dns+srv:///demo?policy=best", "best")]
    [InlineData("xds:///demo", "'xds'")]
    [InlineData("http://", "host and port")]
    [InlineData("http://host:99999", "host and port")]
    [InlineData("http://host:0", "port 0")]
    [InlineData("http://host:5001/greet", "'/greet'")]
    [InlineData("http://host:5001/?x=1", "?x=1")]
    [InlineData("http://me@host:5001", "user name")]
    [InlineData("consul://host:8500/", "consul:///demo")]
    [InlineData("consul:///demo?colour=red", "colour")]
    [InlineData("consul:///demo?policy=best", "best")]
    public void WrongTarget_SaysWhatAndShowsARightOne(string target, string expected)
    {
        var error = Assert.Throws<ArgumentException>(() => GrpcChannel.ForAddress(target));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CertificatesBesideAHandler_AreRefusedWithTheFix()
    {
        using var certificates = new TestCertificates();
        using var handler = new SocketsHttpHandler();
        var options = new GrpcChannelOptions { HttpHandler = handler, Credentials = new SslCredentials(certificates.AuthorityPem) };

        var error = Assert.Throws<ArgumentException>(() => GrpcChannel.ForAddress("https://localhost:1", options));

        Assert.Contains("SslOptions", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("consul://user:s3cret@host:8500/demo")]
    [InlineData("http://user:s3cret@host:5001")]
    [InlineData("consul:///demo?token=s3cret")]
    [InlineData("dns+srv://user:s3cret@127.0.0.1:53/demo")]
    [InlineData("dns:///demo?token=s3cret")]
    [InlineData("dns:///demo:80?token=s3cret")]
    public void SecretInATarget_IsNotRepeatedInTheMessage(string target)
    {
        var error = Assert.Throws<ArgumentException>(() => GrpcChannel.ForAddress(target));
        Assert.DoesNotContain("s3cret", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/path/of/ca.pem", null, "root certificates")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", null, "root certificates")]
    [InlineData(null, "/path/of/client.pem", "key and certificate")]
    public async Task WrongCertificate_SaysSoAndLeavesNoWatchBehind(string? roots, string? client, string expected)
    {
        var source = new SilentSource();
        await using var directory = new EndpointDirectory(source);
        var credentials = new SslCredentials(roots, client is null ? null : new KeyCertificatePair(client, client), null);

        var error = Assert.Throws<ArgumentException>(
            () => GrpcChannel.ForAddress("consul:///demo", new GrpcChannelOptions { Credentials = credentials, Directory = directory }));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("PEM", error.Message, StringComparison.Ordinal);

        // A watch that had been started would be asked for before this one.
        await using (directory.Watch(new ServiceQuery("other")))
        {
            await Eventually.TrueAsync(() => source.Asked.Contains("other"));
            Assert.DoesNotContain("demo", source.Asked);
        }
    }

    [Fact]
    public void SchemeAndCredentials_ThatContradict_AreRefused()
    {
        Assert.Throws<ArgumentException>(
            () => GrpcChannel.ForAddress("http://host:1", new GrpcChannelOptions { Credentials = ChannelCredentials.SecureSsl }));
        Assert.Throws<ArgumentException>(
            () => GrpcChannel.ForAddress("https://host:1", new GrpcChannelOptions { Credentials = ChannelCredentials.Insecure }));
    }

    [Fact]
    public void UnknownPolicy_IsRefusedWithTheKnownOnes()
    {
        var error = Assert.Throws<ArgumentException>(() => GrpcChannel.ForAddress("http://host:1", new GrpcChannelOptions { Policy = "best" }));
        Assert.Contains("round_robin", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Policy_ComesFromTheOptionsTheTargetTheServiceConfigOrTheDefault()
    {
        var config = new ServiceConfig();
        config.LoadBalancingConfigs.Add(new LoadBalancingConfig("from_the_future"));
        config.LoadBalancingConfigs.Add(new RoundRobinConfig());

        Assert.Equal("random", Policy("consul:///x?policy=round_robin", new GrpcChannelOptions { Policy = "random", ServiceConfig = config }));
        Assert.Equal("random", Policy("consul:///x?policy=random", new GrpcChannelOptions { ServiceConfig = config }));
        Assert.Equal("round_robin", Policy("consul:///x", new GrpcChannelOptions { ServiceConfig = config }));
        Assert.Equal("pick_first", Policy("consul:///x", new GrpcChannelOptions()));
        Assert.Equal("pick_first", Policy("http://host:1", new GrpcChannelOptions()));

        static string Policy(string target, GrpcChannelOptions options)
        {
            options.Directory = new EndpointDirectory(new StaticEndpointSource());
            using var channel = GrpcChannel.ForAddress(target, options);
            return channel.Balancer.Policy.Name;
        }
    }

    [Fact]
    public async Task SharedBalancer_StaysTheCallersAfterDispose()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        await using var directory = new EndpointDirectory(new StaticEndpointSource(peer.Endpoint));
        await using var balancer = new ServiceBalancer(directory.Watch(new ServiceQuery("peers")), BalancingPolicies.Find("round_robin"));

        for (var i = 0; i < 2; i++)
        {
            using var channel = GrpcChannel.ForAddress("http://anything", new GrpcChannelOptions { Balancer = balancer });
            Assert.Equal("x", await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());
        }
    }

    [Theory]
    [InlineData(nameof(GrpcChannelOptions.MaxReceiveMessageSize))]
    [InlineData(nameof(GrpcChannelOptions.MaxRetryAttempts))]
    [InlineData(nameof(GrpcChannelOptions.ConnectTimeout))]
    [InlineData(nameof(GrpcChannelOptions.KeepAlivePingDelay))]
    public void OptionOutOfRange_IsNamed(string option)
    {
        var options = new GrpcChannelOptions();
        var property = typeof(GrpcChannelOptions).GetProperty(option)!;
        property.SetValue(options, property.PropertyType == typeof(TimeSpan) ? TimeSpan.Zero : -1);

        var error = Assert.Throws<ArgumentException>(() => GrpcChannel.ForAddress("http://host:1", options));
        Assert.Contains(option, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RetryPolicy_ThatIsNotComplete_IsRefusedFieldByField()
    {
        Assert.Contains("MaxAttempts", Fault(p => p.MaxAttempts = 1), StringComparison.Ordinal);
        Assert.Contains("MaxAttempts", Fault(p => p.MaxAttempts = null), StringComparison.Ordinal);
        Assert.Contains("InitialBackoff", Fault(p => p.InitialBackoff = null), StringComparison.Ordinal);
        Assert.Contains("MaxBackoff", Fault(p => p.MaxBackoff = TimeSpan.Zero), StringComparison.Ordinal);
        Assert.Contains("BackoffMultiplier", Fault(p => p.BackoffMultiplier = double.NaN), StringComparison.Ordinal);
        Assert.Contains("RetryableStatusCodes", Fault(p => p.RetryableStatusCodes.Clear()), StringComparison.Ordinal);
        Assert.Contains("OK", Fault(p => p.RetryableStatusCodes.Add(StatusCode.OK)), StringComparison.Ordinal);
        Assert.Contains("MethodConfigs[0].RetryPolicy.RetryableStatusCodes[1]", Fault(p => p.RetryableStatusCodes.Add((StatusCode)99)), StringComparison.Ordinal);

        static string Fault(Action<RetryPolicy> change)
        {
            var config = Policies.Retry();
            change(config.MethodConfigs[0].RetryPolicy!);
            return Assert.Throws<ArgumentException>(
                () => GrpcChannel.ForAddress("http://host:1", new GrpcChannelOptions { ServiceConfig = config })).Message;
        }
    }

    [Fact]
    public void MethodNames_ThatContradict_AreRefused()
    {
        Assert.Contains("twice", Fault(MethodName.Default), StringComparison.Ordinal);
        Assert.Contains("without its service", Fault(new MethodName { Method = "SayHello" }), StringComparison.Ordinal);
        Assert.Contains("no names", Fault(null), StringComparison.Ordinal);

        static string Fault(MethodName? name)
        {
            var config = Policies.Retry();
            var other = new MethodConfig();
            if (name is not null)
            {
                other.Names.Add(name);
            }

            config.MethodConfigs.Add(other);
            return Assert.Throws<ArgumentException>(
                () => GrpcChannel.ForAddress("http://host:1", new GrpcChannelOptions { ServiceConfig = config })).Message;
        }
    }

    [Fact]
    public async Task CallCredentials_TravelWhenAllowedAndAreRefusedInPlaintext()
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            TextPeer.Begin(context);
            await TextPeer.WriteMessageAsync(context, $"{context.Request.Headers.Authorization} {context.Request.Headers["x-more"]}");
            TextPeer.End(context, 0);
        });
        AuthInterceptorContext? seen = null;
        var credentials = CallCredentials.Compose(
            CallCredentials.FromInterceptor((context, metadata) =>
            {
                seen = context;
                metadata.Add("authorization", "Bearer t");
                return Task.CompletedTask;
            }),
            CallCredentials.FromInterceptor((_, metadata) =>
            {
                metadata.Add("x-more", "m");
                return Task.CompletedTask;
            }));

        using var plain = GrpcChannel.ForAddress(peer.Address);
        Assert.Throws<InvalidOperationException>(
            () => plain.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, new CallOptions(credentials: credentials), "x"));
        Assert.Throws<InvalidOperationException>(() => GrpcChannel.ForAddress(
            peer.Address, new GrpcChannelOptions { Credentials = ChannelCredentials.Create(ChannelCredentials.Insecure, credentials) }));

        using var allowed = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { UnsafeUseInsecureChannelCallCredentials = true });
        using var call = allowed.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, new CallOptions(credentials: credentials), "x");
        Assert.Equal("Bearer t m", await call.ResponseAsync.WithinAsync());
        Assert.Equal("Unary", seen!.MethodName);
        Assert.Equal($"{peer.Address}/test.Text", seen.ServiceUrl);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CallCredentials_ThatTakeTime_TakeItFromTheCallAndNotFromTheEndpoint(bool hedges)
    {
        var clock = new FakeTimeProvider();
        var header = "";
        await using var peer = await TextPeer.StartAsync(context =>
        {
            header = context.Request.Headers["grpc-timeout"].ToString();
            return TextPeer.Echo()(context);
        });
        var log = new AttemptLog();
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions
        {
            UnsafeUseInsecureChannelCallCredentials = true,
            TimeProvider = clock,
            OnAttempt = log.Add,
            ServiceConfig = hedges ? Policies.Hedge(2, TimeSpan.FromDays(1)) : null,
        });
        var credentials = CallCredentials.FromInterceptor((_, _) =>
        {
            clock.Advance(TimeSpan.FromSeconds(4));
            return Task.CompletedTask;
        });
        var options = new CallOptions(deadline: clock.GetUtcNow().UtcDateTime.AddSeconds(10), credentials: credentials);

        Assert.Equal("x", await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, options, "x").ResponseAsync.WithinAsync());

        Assert.True(GrpcTimeout.TryParse(header, out var timeout));
        Assert.Equal(TimeSpan.FromSeconds(6), timeout);
        Assert.Equal(TimeSpan.Zero, Assert.Single(log.All).Latency);
    }

    [Theory]
    [InlineData("deadline", StatusCode.DeadlineExceeded)]
    [InlineData("token", StatusCode.Cancelled)]
    [InlineData("channel", StatusCode.Cancelled)]
    public async Task CallCredentials_ThatNeverEnd_HoldUpNoEndOfTheCall(string what, StatusCode expected)
    {
        var clock = new FakeTimeProvider();
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = GrpcChannel.ForAddress(
            peer.Address, new GrpcChannelOptions { UnsafeUseInsecureChannelCallCredentials = true, TimeProvider = clock });
        using var cancellation = new CancellationTokenSource();
        var credentials = CallCredentials.FromInterceptor((_, _) => new TaskCompletionSource().Task);
        var options = new CallOptions(deadline: clock.GetUtcNow().UtcDateTime.AddSeconds(10), cancellationToken: cancellation.Token, credentials: credentials);
        var invoker = channel.CreateCallInvoker();

        using var unary = invoker.AsyncUnaryCall(TextMethods.Unary, null, options, "x");
        using var server = invoker.AsyncServerStreamingCall(TextMethods.ServerStream, null, options, "x");
        using var client = invoker.AsyncClientStreamingCall(TextMethods.ClientStream, null, options);
        Task[] waiting = [unary.ResponseAsync, server.ResponseStream.MoveNext(default), client.RequestStream.WriteAsync("x")];
        Assert.DoesNotContain(waiting, static task => task.IsCompleted);
        switch (what)
        {
            case "deadline": clock.Advance(TimeSpan.FromSeconds(10)); break;
            case "token": await cancellation.CancelAsync(); break;
            default: channel.Dispose(); break;
        }

        foreach (var task in waiting)
        {
            Assert.Equal(expected, (await Assert.ThrowsAsync<RpcException>(() => task.WithinAsync())).StatusCode);
        }

        Assert.Equal(0, peer.Requests);
    }

    [Fact]
    public async Task CallCredentials_ThatFail_FailTheCall()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { UnsafeUseInsecureChannelCallCredentials = true });
        var credentials = CallCredentials.FromInterceptor((_, _) => throw new InvalidOperationException("no token today"));

        using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, new CallOptions(credentials: credentials), "x");
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());

        Assert.Contains("no token today", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(0, peer.Requests);
    }

    [Fact]
    public async Task Interceptor_SeesTheCallAndKeepsItsEndpoint()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = GrpcChannel.ForAddress(peer.Address);
        var recorder = new RecordingInterceptor();

        using var call = channel.Intercept(recorder).AsyncUnaryCall(TextMethods.Unary, null, default, "x");
        Assert.Equal("x", await call.ResponseAsync.WithinAsync());

        Assert.Equal(["/test.Text/Unary"], recorder.Calls);
        Assert.Equal(peer.Port, call.GetEndpoint()?.Port);
    }

    [Fact]
    public async Task Observer_ThatThrows_IsLoggedAndHarmsNoCall()
    {
        var logs = new LogCollector();
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = GrpcChannel.ForAddress(
            peer.Address, new GrpcChannelOptions { LoggerFactory = logs, OnAttempt = _ => throw new InvalidOperationException("oops") });

        Assert.Equal("x", await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());
        Assert.Contains(logs.Entries, e => e.Exception?.Message == "oops");
    }

    [Fact]
    public async Task GivenHandler_IsUsedAndKept()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var handler = new CountingHandler();
        using (var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { HttpHandler = handler }))
        {
            Assert.Equal("x", await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());
            Assert.False(handler.IsDisposed);
        }

        Assert.False(handler.IsDisposed);
        Assert.Equal(1, handler.Requests);
        GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true }).Dispose();
        Assert.True(handler.IsDisposed);
    }

    private sealed class RecordingInterceptor : Interceptor
    {
        public List<string> Calls { get; } = [];

        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            Calls.Add(context.Method.FullName);
            return continuation(request, context);
        }
    }

    private sealed class CountingHandler() : DelegatingHandler(new SocketsHttpHandler())
    {
        public int Requests { get; private set; }

        public bool IsDisposed { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            return base.SendAsync(request, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
