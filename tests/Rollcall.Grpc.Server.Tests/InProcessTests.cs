using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rollcall.Discovery;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Tests.Protos;
using Endpoint = Rollcall.Discovery.Endpoint;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>A channel onto ASP.NET Core's TestServer: server and client in one process, with no socket in between.</summary>
public sealed class InProcessTests : IAsyncLifetime, IDisposable
{
    private readonly EchoBehavior _behavior = new();
    private readonly LogCollector _logs = new();
    private readonly FakeTimeProvider _clock = new();
    private WebApplication _app = null!;
    private GrpcChannel _channel = null!;

    private Echo.EchoClient Client => new(_channel);

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseTestServer();
        builder.Logging.AddProvider(_logs);
        builder.Services.AddSingleton(_behavior);
        builder.Services.AddSingleton<TimeProvider>(_clock);
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc(o => o.ResponseCompressionAlgorithm = "gzip");
        _app = builder.Build();
        _app.UseRouting();
        _app.MapGrpcService<EchoService>();
        await _app.StartAsync().WithinAsync();
        _channel = GrpcChannel.ForAddress("http://localhost", new() { HttpHandler = _app.GetTestServer().CreateHandler(), TimeProvider = _clock });
    }

    public async Task DisposeAsync()
    {
        _channel.Dispose();
        await _app.DisposeAsync();
    }

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task Unary_IsAnswered()
    {
        Assert.Equal("hello", (await Client.UnaryAsync(new EchoRequest { Text = "hello" }).ResponseAsync.WithinAsync()).Text);
        Assert.Equal("again", (await Task.Run(() => Client.Unary(new EchoRequest { Text = "again" })).WithinAsync()).Text);
    }

    [Fact]
    public async Task ServerStream_ArrivesWhole()
    {
        using var call = Client.ServerStream(new EchoRequest { Text = "x", Count = 100 });

        Assert.Equal(100, await CountAsync(call.ResponseStream).WithinAsync());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task ClientStream_ArrivesWhole()
    {
        using var call = Client.ClientStream();
        foreach (var text in new[] { "a", "b", "c" })
        {
            await call.RequestStream.WriteAsync(new EchoRequest { Text = text }).WithinAsync();
        }

        await call.RequestStream.CompleteAsync().WithinAsync();
        Assert.Equal("a,b,c", (await call.ResponseAsync.WithinAsync()).Text);
    }

    [Fact]
    public async Task Duplex_AnswersEachMessageBeforeTheNext()
    {
        using var call = Client.Duplex();
        for (var i = 0; i < 10; i++)
        {
            await call.RequestStream.WriteAsync(new EchoRequest { Text = $"{i}" }).WithinAsync();
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).WithinAsync());
            Assert.Equal($"{i}", call.ResponseStream.Current.Text);
        }

        await call.RequestStream.CompleteAsync().WithinAsync();
        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None).WithinAsync());
    }

    [Fact]
    public async Task Metadata_GoesBothWays()
    {
        _behavior.Unary = async (request, context) =>
        {
            await context.WriteResponseHeadersAsync(new Metadata { { "x-head", context.RequestHeaders.GetValue("x-text")! } });
            context.ResponseTrailers.Add("x-tail-bin", context.RequestHeaders.GetValueBytes("x-data-bin")!);
            return EchoBehavior.Reply(request);
        };
        using var call = Client.UnaryAsync(new EchoRequest(), new Metadata { { "x-text", "a b" }, { "x-data-bin", [1, 2, 250] } });

        await call.ResponseAsync.WithinAsync();

        Assert.Equal("a b", (await call.ResponseHeadersAsync.WithinAsync()).GetValue("x-head"));
        Assert.Equal([1, 2, 250], call.GetTrailers().GetValueBytes("x-tail-bin")!);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Status_ArrivesWithDetailAndTrailers(bool afterAMessage)
    {
        _behavior.ServerStream = async (request, responses, _) =>
        {
            if (afterAMessage)
            {
                await responses.WriteAsync(EchoBehavior.Reply(request));
            }

            throw new RpcException(new Status(StatusCode.FailedPrecondition, "not so: ü %\n"), new Metadata { { "x-tail", "why" } });
        };
        using var call = Client.ServerStream(new EchoRequest());

        var error = await Assert.ThrowsAsync<RpcException>(() => CountAsync(call.ResponseStream).WithinAsync());

        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.Equal("not so: ü %\n", error.Status.Detail);
        Assert.Equal("why", error.Trailers.GetValue("x-tail"));
    }

    [Fact]
    public async Task UnknownMethod_IsUnimplemented()
    {
        var method = new Method<EchoRequest, EchoReply>(
            MethodType.Unary, "rollcall.test.Echo", "Gone",
            Marshallers.Create(_ => Array.Empty<byte>(), _ => new EchoRequest()), Marshallers.Create(_ => Array.Empty<byte>(), _ => new EchoReply()));

        var error = await Assert.ThrowsAsync<RpcException>(
            () => _channel.CreateCallInvoker().AsyncUnaryCall(method, null, default, new EchoRequest()).ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
    }

    [Fact]
    public async Task Deadline_EndsTheCallOnBothSides()
    {
        var seen = new TaskCompletionSource<DateTime>(TaskCreationOptions.RunContinuationsAsynchronously);
        var fired = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _behavior.Unary = async (_, context) =>
        {
            seen.SetResult(context.Deadline);
            await WaitForAsync(fired, context.CancellationToken);
            throw new OperationCanceledException(context.CancellationToken);
        };
        var deadline = _clock.GetUtcNow().UtcDateTime.AddMinutes(1);
        using var call = Client.UnaryAsync(new EchoRequest(), deadline: deadline);
        Assert.Equal(deadline, await seen.Task.WithinAsync());

        _clock.Advance(TimeSpan.FromMinutes(1));

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        await fired.Task.WithinAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CallThatIsGivenUp_FiresTheTokenOfTheServer(bool byToken)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var fired = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _behavior.Duplex = async (requests, responses, context) =>
        {
            await responses.WriteAsync(new EchoReply());
            begun.SetResult();
            await WaitForAsync(fired, context.CancellationToken);
        };
        using var cancellation = new CancellationTokenSource();
        using var call = Client.Duplex(cancellationToken: cancellation.Token);
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).WithinAsync());
        await begun.Task.WithinAsync();
        var reading = call.ResponseStream.MoveNext(CancellationToken.None);

        if (byToken)
        {
            await cancellation.CancelAsync();
        }
        else
        {
            call.Dispose();
        }

        var error = await Assert.ThrowsAsync<RpcException>(() => reading.WithinAsync());
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        await fired.Task.WithinAsync();
    }

    [Fact]
    public async Task UnaryThatIsGivenUp_FiresTheTokenOfTheServer()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var fired = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _behavior.Unary = async (request, context) =>
        {
            begun.SetResult();
            await WaitForAsync(fired, context.CancellationToken);
            return EchoBehavior.Reply(request);
        };
        using var cancellation = new CancellationTokenSource();
        using var call = Client.UnaryAsync(new EchoRequest(), cancellationToken: cancellation.Token);
        await begun.Task.WithinAsync();

        await cancellation.CancelAsync();

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        await fired.Task.WithinAsync();
    }

    [Fact]
    public async Task EarlyStatus_EndsAStreamThatIsStillWritten()
    {
        _behavior.ClientStream = (_, _) => throw new RpcException(new Status(StatusCode.ResourceExhausted, "enough"));
        using var call = Client.ClientStream();

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    [Fact]
    public async Task LargeMessages_GoBothWays()
    {
        var payload = Google.Protobuf.ByteString.CopyFrom(new byte[3 * 1024 * 1024]);

        var reply = await Client.UnaryAsync(new EchoRequest { Payload = payload }).ResponseAsync.WithinAsync();

        Assert.Equal(payload, reply.Payload);
    }

    [Fact]
    public async Task HttpContext_IsThere()
    {
        _behavior.Unary = (_, context) =>
            Task.FromResult(new EchoReply { Text = $"{context.GetHttpContext().Request.Protocol} {context.Host} {context.Method}" });

        var reply = await Client.UnaryAsync(new EchoRequest()).ResponseAsync.WithinAsync();

        Assert.Equal("HTTP/2 localhost /rollcall.test.Echo/Unary", reply.Text);
    }

    [Fact]
    public async Task TypedClient_TakesTheTestServerAsItsHandler()
    {
        var services = new ServiceCollection();
        services.AddGrpcClient<Echo.EchoClient>("http://localhost").ConfigurePrimaryHttpMessageHandler(() => _app.GetTestServer().CreateHandler());
        await using var provider = services.BuildServiceProvider();

        var reply = await provider.GetRequiredService<Echo.EchoClient>().UnaryAsync(new EchoRequest { Text = "x" }).ResponseAsync.WithinAsync();

        Assert.Equal("x", reply.Text);
    }

    [Fact]
    public async Task ChannelByName_TakesTheTestServerAsTheInstance()
    {
        await using var directory = new EndpointDirectory(new StaticEndpointSource(new Endpoint("test", "localhost", 80)));
        using var channel = GrpcChannel.ForAddress("consul:///hello", new() { Directory = directory, HttpHandler = _app.GetTestServer().CreateHandler() });

        var reply = await new Echo.EchoClient(channel).UnaryAsync(new EchoRequest { Text = "x" }).ResponseAsync.WithinAsync();

        Assert.Equal("x", reply.Text);
    }

    private static async Task<int> CountAsync(IAsyncStreamReader<EchoReply> replies)
    {
        var count = 0;
        while (await replies.MoveNext(CancellationToken.None))
        {
            count++;
        }

        return count;
    }

    private static async Task WaitForAsync(TaskCompletionSource fired, CancellationToken token)
    {
        await using var registration = token.Register(() => fired.TrySetResult());
        await fired.Task;
    }
}
