using System.Collections.Concurrent;
using Grpc.Core;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>What a message handler of the user's may do with the request of a call.</summary>
public class MessageHandlerTests
{
    private static readonly byte[] s_frame = TextPeer.Frame("x"u8);
    private readonly ConcurrentQueue<byte[]> _read = new();

    /// <summary>The ways in which a body is read, and whether the policy hedges or retries.</summary>
    public static TheoryData<int, bool> WaysAndPolicies()
    {
        var cases = new TheoryData<int, bool>();
        foreach (var way in Enumerable.Range(0, 4))
        {
            cases.Add(way, false);
            cases.Add(way, true);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(WaysAndPolicies))]
    public async Task HandlerThatReadsTheBodyAndSendsIt_HasAllOfIt_AtEachAttempt(int way, bool hedges)
    {
        var (requests, bodies) = (0, new ConcurrentQueue<string?>());
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            bodies.Enqueue(await TextPeer.ReadMessageAsync(context));
            if (Interlocked.Increment(ref requests) == 1)
            {
                await TextPeer.Refuse(context, 14);
                return;
            }

            TextPeer.Begin(context);
            await TextPeer.WriteMessageAsync(context, "answer");
            TextPeer.End(context, 0);
        });
        var config = hedges ? Policies.Hedge(2, TimeSpan.FromMinutes(1), StatusCode.Unavailable) : Policies.Retry();
        using var handler = new ReadingHandler(way, _read);
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { HttpHandler = handler, ServiceConfig = config });

        Assert.Equal("answer", await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());

        Assert.Equal(["x", "x"], bodies);
        Assert.Equal([s_frame, s_frame], _read);
    }

    [Fact]
    public async Task HandlerThatReadsTheBody_HasThatOfEachCall()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var handler = new ReadingHandler(0, _read);
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { HttpHandler = handler });

        foreach (var text in (string[])["one", "two"])
        {
            Assert.Equal(text, await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, text).ResponseAsync.WithinAsync());
        }

        Assert.Equal([TextPeer.Frame("one"u8), TextPeer.Frame("two"u8)], _read);
    }

    // What HttpClient.Timeout and HttpClient in a handler throw when the time is over, which says nothing of whether a server has seen the request.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TimeoutOfTheHandlerAfterItSentTheBody_IsUnavailable_AndIsNotSentElsewhere(bool hedges)
    {
        var log = new AttemptLog();
        using var handler = new TimingOutHandler();
        using var channel = Channels.Over(
            "pick_first",
            options =>
            {
                options.HttpHandler = handler;
                options.OnAttempt = log.Add;
                options.ServiceConfig = hedges ? Policies.Hedge(3, TimeSpan.FromMinutes(1)) : null;
            },
            new Discovery.Endpoint("a", "127.0.0.1", 1),
            new Discovery.Endpoint("b", "127.0.0.1", 2));

        var error = await Assert.ThrowsAsync<RpcException>(
            () => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("the time of the channel's HTTP handler", error.Status.Detail, StringComparison.Ordinal);
        var attempt = Assert.Single(log.All);
        Assert.Equal((1, AttemptFate.Final), (attempt.Endpoint.Port, attempt.Fate));
        Assert.Equal(1, handler.Sent);
    }

    [Fact]
    public async Task TimeoutOfTheHandlerBeforeTheBody_IsThatOfAConnection()
    {
        var log = new AttemptLog();
        using var handler = new TimingOutHandler(sends: false);
        using var channel = Channels.Over(
            "pick_first",
            options => (options.HttpHandler, options.OnAttempt) = (handler, log.Add),
            new Discovery.Endpoint("a", "127.0.0.1", 1),
            new Discovery.Endpoint("b", "127.0.0.1", 2));

        await Assert.ThrowsAsync<RpcException>(
            () => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());

        Assert.Equal([AttemptFate.Moved, AttemptFate.Final], log.All.Select(a => a.Fate));
    }

    /// <summary>Reads the body as one that signs it does, in one of the ways that HttpContent has, and sends what it read.</summary>
    private sealed class ReadingHandler(int way, ConcurrentQueue<byte[]> read) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var content = request.Content!;
            var copy = new MemoryStream();
            switch (way)
            {
                case 0:
                    await (await content.ReadAsStreamAsync(cancellationToken)).CopyToAsync(copy, cancellationToken);
                    break;
                case 1:
                    content.ReadAsStream(cancellationToken).CopyTo(copy);
                    break;
                case 2:
                    content.CopyTo(copy, null, cancellationToken);
                    break;
                default:
                    await copy.WriteAsync(await content.ReadAsByteArrayAsync(cancellationToken), cancellationToken);
                    break;
            }

            read.Enqueue(copy.ToArray());
            copy.Position = 0;
            request.Content = new StreamContent(copy);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/grpc");
            return await base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class TimingOutHandler(bool sends = true) : HttpMessageHandler
    {
        public int Sent { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (sends)
            {
                await request.Content!.CopyToAsync(Stream.Null, cancellationToken);
                Sent++;
            }

            throw new TaskCanceledException("", new TimeoutException());
        }
    }
}
