using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>An application that limits the time of its requests (<c>UseRequestTimeouts</c>).</summary>
public sealed class RequestTimeoutTests
{
    private static readonly EchoRequest s_request = new() { Text = "m", Count = 1 };

    // That a unary call is cut tells that the time of the stream, which began before, is over, too.
    [Fact]
    public async Task Stream_OutlivesTheLimitOfTheApplication()
    {
        await using var server = await GrpcTestServer.StartAsync(
            services: services => services.AddRequestTimeouts(o => o.DefaultPolicy = new RequestTimeoutPolicy { Timeout = TimeSpan.FromSeconds(1) }),
            map: routes =>
            {
                ((IApplicationBuilder)routes).UseRequestTimeouts();
                routes.MapGrpcService<EchoService>();
            });
        server.Behavior.Unary = async (_, context) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
            return new EchoReply();
        };
        await using var channel = GrpcChannel.ForAddress(server.Address);
        var client = new Echo.EchoClient(channel);
        using var stream = client.Duplex();
        await stream.RequestStream.WriteAsync(s_request).WithinAsync();
        Assert.True(await stream.ResponseStream.MoveNext().WithinAsync());

        var cut = await Assert.ThrowsAsync<RpcException>(() => client.UnaryAsync(s_request).ResponseAsync.WithinAsync());
        await stream.RequestStream.WriteAsync(s_request).WithinAsync();

        Assert.Equal(StatusCode.Cancelled, cut.StatusCode);
        Assert.True(await stream.ResponseStream.MoveNext().WithinAsync());
    }

    [Theory]
    [InlineData(RawCaller.Unary, false)]
    [InlineData(RawCaller.ClientStream, true)]
    [InlineData(RawCaller.ServerStream, true)]
    [InlineData(RawCaller.Duplex, true)]
    public async Task LimitOfTheApplication_IsLiftedForStreams(string path, bool lifted)
    {
        var limit = new TimeLimit();
        await using var server = await StartAsync(limit);

        var grpc = await server.Caller.CallAsync(path, s_request);
        var byGrpc = limit.TakeLifted();
        using var caller = new WebCaller(server.Address, new Version(2, 0));
        var web = await caller.CallAsync(path, s_request);

        Assert.Equal(("0", "0"), (grpc.GrpcStatus, web.Trailers()["grpc-status"]));
        Assert.Equal((lifted, lifted), (byGrpc, limit.TakeLifted()));
    }

    public static TheoryData<object> OwnLimits => new(new RequestTimeoutAttribute(1000), new RequestTimeoutPolicy { Timeout = TimeSpan.FromSeconds(1) });

    [Theory]
    [MemberData(nameof(OwnLimits))]
    public async Task LimitOfTheMethodItself_Stays(object own)
    {
        var limit = new TimeLimit();
        await using var server = await StartAsync(limit, own);

        var answer = await server.Caller.CallAsync(RawCaller.Duplex, s_request);

        Assert.Equal("0", answer.GrpcStatus);
        Assert.False(limit.TakeLifted());
    }

    private static Task<GrpcTestServer> StartAsync(TimeLimit limit, object? metadata = null) =>
        GrpcTestServer.StartAsync(map: routes => routes.MapGrpcService<EchoService>().Add(endpoint =>
        {
            if (metadata is not null)
            {
                endpoint.Metadata.Add(metadata);
            }

            var serve = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = context =>
            {
                context.Features.Set<IHttpRequestTimeoutFeature>(limit);
                return serve(context);
            };
        }));

    private sealed class TimeLimit : IHttpRequestTimeoutFeature
    {
        private bool _lifted;

        public CancellationToken RequestTimeoutToken => CancellationToken.None;

        public void DisableTimeout() => _lifted = true;

        public bool TakeLifted()
        {
            var lifted = _lifted;
            _lifted = false;
            return lifted;
        }
    }
}
