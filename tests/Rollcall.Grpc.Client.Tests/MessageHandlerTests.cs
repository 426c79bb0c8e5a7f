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
}
