using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

public sealed class MappingTests
{
    private static readonly EchoRequest s_request = new() { Text = "x" };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ServiceInstance_IsMadeForEachCallAndDisposedAfterIt(bool registered)
    {
        var counter = new LifetimeCounter();
        await using var server = await GrpcTestServer.StartAsync(
            services: services =>
            {
                services.AddSingleton(counter);
                if (registered)
                {
                    services.AddScoped<LifetimeEchoService>();
                }
            },
            map: app => app.MapGrpcService<LifetimeEchoService>());

        var first = await server.Caller.CallAsync(RawCaller.Unary, s_request);
        await Eventually.TrueAsync(() => counter.Disposed == 1);
        var second = await server.Caller.CallAsync(RawCaller.ServerStream, s_request);
        await Eventually.TrueAsync(() => counter.Disposed == 2);

        Assert.Equal("1:0", Assert.Single(first.Messages(EchoReply.Parser)).Text);
        Assert.Equal("2:1", Assert.Single(second.Messages(EchoReply.Parser)).Text);
    }

    [Fact]
    public async Task Definition_IsServedByItsOneInstance()
    {
        var behavior = new EchoBehavior { Unary = (_, _) => Task.FromResult(new EchoReply { Text = "bound" }) };
        await using var server = await GrpcTestServer.StartAsync(map: app => app.MapGrpcService(Echo.BindService(new EchoService(behavior))));

        var unary = await server.Caller.CallAsync(RawCaller.Unary, s_request);
        var duplex = await server.Caller.CallAsync(RawCaller.Duplex, s_request);

        Assert.Equal("bound", Assert.Single(unary.Messages(EchoReply.Parser)).Text);
        Assert.Equal("x", Assert.Single(duplex.Messages(EchoReply.Parser)).Text);
    }

    [Fact]
    public async Task Interceptors_StandInFrontOfEveryKindInTheirOrder()
    {
        List<string> order = [];
        await using var server = await GrpcTestServer.StartAsync(options =>
        {
            options.Interceptors.Add(new RecordingInterceptor("a", order));
            options.Interceptors.Add(new RecordingInterceptor("b", order));
        });

        foreach (var path in new[] { RawCaller.Unary, RawCaller.ClientStream, RawCaller.ServerStream, RawCaller.Duplex })
        {
            Assert.Equal("0", (await server.Caller.CallAsync(path, s_request)).GrpcStatus);
        }

        Assert.Equal(["a:unary", "b:unary", "a:client", "b:client", "a:server", "b:server", "a:duplex", "b:duplex"], order);
    }

    [Fact]
    public async Task InterceptorByType_IsMadePerCallFromTheContainer()
    {
        await using var server = await GrpcTestServer.StartAsync(
            options => options.Interceptors.Add<RefusingInterceptor>(), services => services.AddSingleton(new LifetimeCounter()));

        var first = await server.Caller.CallAsync(RawCaller.Unary, s_request);
        var second = await server.Caller.CallAsync(RawCaller.Unary, s_request);

        Assert.Equal(("7", "instance 1"), (first.GrpcStatus, first.GrpcMessage));
        Assert.Equal(("7", "instance 2"), (second.GrpcStatus, second.GrpcMessage));
    }

    [Fact]
    public async Task InterceptorThatWrapsTheContext_StandsInFrontOfOthersAndOfEveryKind()
    {
        var counter = new LifetimeCounter();
        await using var server = await GrpcTestServer.StartAsync(
            options =>
            {
                options.Interceptors.Add<WrappingInterceptor>();
                options.Interceptors.Add<LifetimeInterceptor>();
            },
            services => services.AddSingleton(counter));
        server.Behavior.Unary = (request, context) => Task.FromResult(new EchoReply { Text = context.GetHttpContext().Request.Path });

        foreach (var path in new[] { RawCaller.ClientStream, RawCaller.ServerStream, RawCaller.Duplex })
        {
            Assert.Equal("0", (await server.Caller.CallAsync(path, s_request)).GrpcStatus);
        }

        var unary = await server.Caller.CallAsync(RawCaller.Unary, s_request);
        Assert.Equal(RawCaller.Unary, Assert.Single(unary.Messages(EchoReply.Parser)).Text);
        await Eventually.TrueAsync(() => counter.Disposed == 4);
    }

    [Theory]
    [InlineData(typeof(LifetimeInterceptor), false)]
    [InlineData(typeof(LifetimeInterceptor), true)]
    [InlineData(typeof(AsyncLifetimeInterceptor), false)]
    [InlineData(typeof(AsyncLifetimeInterceptor), true)]
    public async Task InterceptorMadePerCall_IsDisposedAfterIt(Type type, bool hasArguments)
    {
        var counter = new LifetimeCounter();
        await using var server = await GrpcTestServer.StartAsync(
            options => options.Interceptors.Add(type, hasArguments ? [counter] : []), services => services.AddSingleton(counter));
        server.Behavior.Unary = (_, _) => Task.FromResult(new EchoReply { Text = $"{counter.Disposed}" });

        for (var calls = 0; calls < 2; calls++)
        {
            var reply = await server.Caller.CallAsync(RawCaller.Unary, s_request);
            Assert.Equal($"{calls}", Assert.Single(reply.Messages(EchoReply.Parser)).Text);
            await Eventually.TrueAsync(() => counter.Disposed == calls + 1);
        }

        Assert.Equal(3, counter.Created());
    }

    [Theory]
    [InlineData(ServiceLifetime.Singleton, 0)]
    [InlineData(ServiceLifetime.Scoped, 2)]
    public async Task InterceptorOfTheContainer_IsDisposedByIt(ServiceLifetime lifetime, int expected)
    {
        var counter = new LifetimeCounter();
        await using var server = await GrpcTestServer.StartAsync(
            options => options.Interceptors.Add<LifetimeInterceptor>(),
            services =>
            {
                services.AddSingleton(counter);
                services.Add(new ServiceDescriptor(typeof(LifetimeInterceptor), typeof(LifetimeInterceptor), lifetime));
            });

        await server.Caller.CallAsync(RawCaller.Unary, s_request);
        await server.Caller.CallAsync(RawCaller.Unary, s_request);
        await server.StopAsync();

        Assert.Equal(expected, counter.Disposed);
    }

    [Fact]
    public async Task Endpoints_CarryTheMethodAndTheConventions()
    {
        await using var server = await GrpcTestServer.StartAsync(map: app => app.MapGrpcService<EchoService>().WithMetadata("mark"));

        var endpoints = server.Services.GetRequiredService<EndpointDataSource>().Endpoints
            .Where(endpoint => endpoint.Metadata.GetMetadata<GrpcMethodMetadata>() is not null).ToList();

        Assert.Equal(4, endpoints.Count);
        Assert.All(endpoints, endpoint => Assert.Equal("mark", endpoint.Metadata.GetMetadata<string>()));
        Assert.All(endpoints, endpoint => Assert.Equal(typeof(EchoService), endpoint.Metadata.GetMetadata<GrpcMethodMetadata>()!.ServiceType));
        Assert.Contains(endpoints, endpoint => endpoint.Metadata.GetMetadata<GrpcMethodMetadata>()!.Method.Type == MethodType.DuplexStreaming);
    }

    [Fact]
    public async Task MappingWithoutAddGrpc_NamesTheFix()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRouting();
        await using var app = builder.Build();

        var error = Assert.Throws<InvalidOperationException>(() => app.MapGrpcService<EchoService>());

        Assert.Contains("AddGrpc()", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ClassWithoutGeneratedBase_NamesTheFix()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddGrpc();
        await using var app = builder.Build();

        var error = Assert.Throws<InvalidOperationException>(() => app.MapGrpcService<EchoBehavior>());

        Assert.Contains("Grpc.Tools", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BadOptions_FailAtStartAndNameEach()
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => GrpcTestServer.StartAsync(options =>
        {
            options.MaxReceiveMessageSize = -1;
            options.MaxSendMessageSize = -1;
            options.ResponseCompressionAlgorithm = "zip";
            options.StreamShutdownDelay = TimeSpan.FromDays(2);
        }));

        Assert.Contains("MaxReceiveMessageSize", error.Message, StringComparison.Ordinal);
        Assert.Contains("MaxSendMessageSize", error.Message, StringComparison.Ordinal);
        Assert.Contains("StreamShutdownDelay", error.Message, StringComparison.Ordinal);
        Assert.Contains("'zip' is none of the CompressionProviders", error.Message, StringComparison.Ordinal);
    }
}
