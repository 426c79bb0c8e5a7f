using System.Collections.Concurrent;
using System.Diagnostics;
using Grpc.Core;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests.Internal;

/// <summary>Requests are used again by later calls. What one call had must not be on another.</summary>
public class CallPoolTests
{
    private static readonly string[] s_plain = ["content-type", "grpc-accept-encoding", "te", "user-agent"];

    public static TheoryData<string, bool> Calls => new()
    {
        { "plain", true },
        { "deadline", true },
        { "authority", true },
        { "metadata", false },
        { "user-agent", false },
        { "compression", false },
        { "credentials", false },
        { "trace", false },
        { "failed", false },
        { "cancelled", false },
        { "given handler", false },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task CallAfterAnother_HasNothingOfIt(string kind, bool isReused)
    {
        var seen = new ConcurrentQueue<string[]>();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            seen.Enqueue([.. context.Request.Headers.Select(h => h.Key.ToLowerInvariant()).Where(h => h[0] != ':' && h != "host").Order()]);
            switch (kind)
            {
                case "failed" when seen.Count == 1:
                    await TextPeer.Refuse(context, 13);
                    break;
                case "cancelled" when seen.Count == 1:
                    release.SetResult();
                    await TextPeer.Hang(context);
                    break;
                default:
                    await TextPeer.Echo()(context);
                    break;
            }
        });
        using var handler = new SocketsHttpHandler();
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions
        {
            HttpHandler = kind == "given handler" ? handler : null,
            Authority = kind == "authority" ? "orders.example" : null,
            UnsafeUseInsecureChannelCallCredentials = true,
        });

        await MakeAsync(channel, kind, release.Task);
        await Eventually.TrueAsync(() => PooledRequests(channel) == (isReused ? 1 : 0));
        Assert.Equal("plain", await UnaryAsync(channel, default, "plain"));

        Assert.Equal(s_plain, seen.Last());
        Assert.Equal(2, seen.Count);
    }

    [Fact]
    public async Task ManyCallsAtOnce_EachSendsItsOwnMessage()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = GrpcChannel.ForAddress(peer.Address);

        for (var round = 0; round < 5; round++)
        {
            var sent = Enumerable.Range(0, 200).Select(i => $"{round}-{i}").ToArray();
            Assert.Equal(sent, await Task.WhenAll(sent.Select(text => UnaryAsync(channel, default, text))).WithinAsync());
        }

        Assert.InRange(PooledRequests(channel), 1, 200);
    }

    private static async Task MakeAsync(GrpcChannel channel, string kind, Task reached)
    {
        using var cancellation = new CancellationTokenSource();
        using var activity = kind == "trace" ? new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start() : null;
        var options = kind switch
        {
            "deadline" => new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(1)),
            "metadata" => new CallOptions(new Metadata { { "x-secret", "1" } }),
            "user-agent" => new CallOptions(new Metadata { { "user-agent", "other" } }),
            "compression" => default(CallOptions).WithRequestCompression("gzip"),
            "credentials" => new CallOptions(credentials: CallCredentials.FromInterceptor((_, metadata) =>
            {
                metadata.Add("authorization", "Bearer secret");
                return Task.CompletedTask;
            })),
            "cancelled" => new CallOptions(cancellationToken: cancellation.Token),
            _ => default,
        };
        var call = UnaryAsync(channel, options, "first");
        switch (kind)
        {
            case "failed":
                await Assert.ThrowsAsync<RpcException>(() => call);
                break;
            case "cancelled":
                await reached.WithinAsync();
                await cancellation.CancelAsync();
                await Assert.ThrowsAsync<RpcException>(() => call);
                break;
            case "compression":
                await call; // The peer gives the bytes back as they came.
                break;
            default:
                Assert.Equal("first", await call);
                break;
        }
    }

    private static int PooledRequests(GrpcChannel channel) => channel.Calls.IdleRequests;

    private static Task<string> UnaryAsync(GrpcChannel channel, CallOptions options, string text) =>
        channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, options, text).ResponseAsync.WithinAsync();
}
