using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Rollcall.Grpc.Client.Configuration;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>The tokens of a service that failures of its calls cost, and without which none is made again.</summary>
public class RetryThrottleTests
{
    [Fact]
    public async Task Throttle_StopsRetriesWhileMostCallsFail()
    {
        await using var peer = await TextPeer.StartAsync(context => TextPeer.Refuse(context, 14));
        var config = Policies.Retry(attempts: 5);
        config.RetryThrottling = new RetryThrottlingPolicy { MaxTokens = 10, TokenRatio = 0.1 };
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { ServiceConfig = config });

        for (var i = 0; i < 100; i++)
        {
            await FailAsync(channel);
        }

        Assert.InRange(peer.Requests, 100, 105);
    }

    [Theory]
    [InlineData("ServerStream", 14, null, 3, 2)]
    [InlineData("ServerStream", 14, null, 4, 1)]
    [InlineData("ClientStream", 14, null, 3, 2)]
    [InlineData("ClientStream", 14, null, 4, 1)]
    [InlineData("Duplex", 14, null, 3, 2)]
    [InlineData("Duplex", 14, null, 4, 1)]
    [InlineData("Unary", 14, null, 3, 2)]
    [InlineData("Unary", 14, null, 4, 1)]
    [InlineData("ServerStream", 3, null, 4, 2)]
    [InlineData("ServerStream", 3, "-1", 4, 1)]
    public async Task Throttle_CountsEachFailedCallOnce_AlsoAfterHeadersAndOfRequestStreams(
        string method, int status, string? pushback, int failures, int attempts)
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            if (context.Request.Headers.ContainsKey("x-last"))
            {
                await TextPeer.Refuse(context, 14);
                return;
            }

            TextPeer.Begin(context);
            await TextPeer.WriteMessageAsync(context, "x");
            if (pushback is not null)
            {
                context.Response.AppendTrailer("grpc-retry-pushback-ms", pushback);
            }

            TextPeer.End(context, status);
        });
        var config = Policies.Retry(attempts: 2);
        config.RetryThrottling = new RetryThrottlingPolicy { MaxTokens = 10, TokenRatio = 0.1 };
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { ServiceConfig = config });
        var invoker = channel.CreateCallInvoker();
        for (var i = 0; i < failures; i++)
        {
            var error = await Assert.ThrowsAsync<RpcException>(() => CallToItsEndAsync(invoker, method).WithinAsync());
            Assert.Equal((StatusCode)status, error.StatusCode);
        }

        Assert.Equal(failures, peer.Requests);
        var last = new CallOptions(new Metadata { { "x-last", "1" } });
        await Assert.ThrowsAsync<RpcException>(() => invoker.AsyncUnaryCall(TextMethods.Unary, null, last, "x").ResponseAsync.WithinAsync());

        Assert.Equal(failures + attempts, peer.Requests);
    }

    [Fact]
    public async Task Throttle_OfHedgedCalls_CountsFailuresAfterHeaders()
    {
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            if (context.Request.Headers.ContainsKey("x-last"))
            {
                await TextPeer.Refuse(context, 14);
                return;
            }

            TextPeer.Begin(context);
            await TextPeer.WriteMessageAsync(context, "x");
            TextPeer.End(context, 14);
        });
        var config = Policies.Hedge(2, TimeSpan.FromMinutes(1), StatusCode.Unavailable);
        config.RetryThrottling = new RetryThrottlingPolicy { MaxTokens = 4, TokenRatio = 0.1 };
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { ServiceConfig = config });
        var invoker = channel.CreateCallInvoker();

        await Assert.ThrowsAsync<RpcException>(() => CallToItsEndAsync(invoker, "ServerStream").WithinAsync());
        var last = new CallOptions(new Metadata { { "x-last", "1" } });
        await Assert.ThrowsAsync<RpcException>(() => invoker.AsyncUnaryCall(TextMethods.Unary, null, last, "x").ResponseAsync.WithinAsync());

        Assert.Equal(2, peer.Requests);
    }

    [Fact]
    public async Task AttemptThatReachesNobody_IsRetriedByThePolicyAndCostsATokenWhereNoEndpointIsLeft()
    {
        var config = Policies.Retry(attempts: 5);
        config.RetryThrottling = new RetryThrottlingPolicy { MaxTokens = 4, TokenRatio = 0.1 };
        var log = new AttemptLog();
        using var channel = GrpcChannel.ForAddress(
            $"http://127.0.0.1:{FreePort.Next()}", new GrpcChannelOptions { ServiceConfig = config, OnAttempt = log.Add });

        await FailAsync(channel);
        Assert.Equal([AttemptFate.Retried, AttemptFate.Final], log.All.Select(a => a.Fate));

        await FailAsync(channel);
        Assert.Equal(3, log.All.Count);
    }

    private static async Task CallToItsEndAsync(CallInvoker invoker, string method)
    {
        switch (method)
        {
            case "Unary":
                await invoker.AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync;
                break;
            case "ClientStream":
                using (var call = invoker.AsyncClientStreamingCall(TextMethods.ClientStream, null, default))
                {
                    await call.ResponseAsync;
                }

                break;
            case "ServerStream":
                using (var call = invoker.AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "x"))
                {
                    await call.ResponseStream.ReadAllAsync().ToListAsync();
                }

                break;
            default:
                using (var call = invoker.AsyncDuplexStreamingCall(TextMethods.Duplex, null, default))
                {
                    await call.ResponseStream.ReadAllAsync().ToListAsync();
                }

                break;
        }
    }

    private static Task<RpcException> FailAsync(GrpcChannel channel) => Assert.ThrowsAsync<RpcException>(
        () => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());
}
