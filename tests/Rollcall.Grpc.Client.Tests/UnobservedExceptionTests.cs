using Grpc.Core;
using Rollcall.Grpc.Client.Configuration;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

[CollectionDefinition(nameof(UnobservedExceptionTests), DisableParallelization = true)]
[Collection(nameof(UnobservedExceptionTests))]
public class UnobservedExceptionTests
{
    [Fact]
    public async Task CallsThatNobodyAwaits_LeaveNoUnobservedException()
    {
        var unobserved = new List<Exception>();
        EventHandler<UnobservedTaskExceptionEventArgs> handler = (_, e) =>
        {
            lock (unobserved)
            {
                unobserved.Add(e.Exception);
            }
        };
        TaskScheduler.UnobservedTaskException += handler;
        try
        {
            await using var refusing = await TextPeer.StartAsync(context => TextPeer.Refuse(context, 7));
            await using var hanging = await TextPeer.StartAsync(TextPeer.Hang);
            await using var resetting = FramePeer.Start((connection, id) => connection.ResetAsync(id, 2));
            var ended = 0;
            var hedging = Policies.Hedge(3, TimeSpan.Zero, StatusCode.PermissionDenied);
            foreach (var (address, config) in from address in (string[])[refusing.Address, hanging.Address, resetting.Address, $"http://{Channels.Nobody().Authority}"]
                                              from config in (ServiceConfig?[])[null, hedging]
                                              select (address, config))
            {
                await using var channel = GrpcChannel.ForAddress(
                    address, new GrpcChannelOptions { OnAttempt = _ => Interlocked.Increment(ref ended), ServiceConfig = config });
                _ = channel.ConnectAsync();
                for (var i = 0; i < 10; i++)
                {
                    Forget(channel.CreateCallInvoker());
                }

                await Eventually.TrueAsync(() => Volatile.Read(ref ended) >= 40);
                ended = 0;
            }

            for (var i = 0; i < 5; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                await Task.Yield();
            }

            lock (unobserved)
            {
                Assert.Empty(unobserved);
            }
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= handler;
        }
    }

    /// <summary>Starts a call of each kind and drops it.</summary>
    private static void Forget(CallInvoker invoker)
    {
        var options = new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(100));
        var unary = invoker.AsyncUnaryCall(TextMethods.Unary, null, options, "x");
        _ = unary.ResponseHeadersAsync;
        var server = invoker.AsyncServerStreamingCall(TextMethods.ServerStream, null, options, "x");
        _ = server.ResponseHeadersAsync;
        var client = invoker.AsyncClientStreamingCall(TextMethods.ClientStream, null, options);
        _ = client.ResponseHeadersAsync;
        var duplex = invoker.AsyncDuplexStreamingCall(TextMethods.Duplex, null, options);
        _ = duplex.ResponseHeadersAsync;
    }
}
