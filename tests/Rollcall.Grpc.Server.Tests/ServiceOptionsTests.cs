using System.IO.Compression;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>Settings of all services and of one.</summary>
public sealed class ServiceOptionsTests
{
    private const string OtherUnary = "/rollcall.test.Other/Unary";

    private static readonly EchoRequest s_request = new() { Text = "text" };

    [Fact]
    public async Task LimitsOfOneService_AreNotThoseOfOthers()
    {
        await using var server = await StartAsync(
            all => all.MaxReceiveMessageSize = 100, echo => echo.MaxReceiveMessageSize = 3);

        var limited = await server.Caller.CallAsync(RawCaller.Unary, s_request);
        var other = await server.Caller.CallAsync(OtherUnary, s_request);

        Assert.Equal("8", limited.GrpcStatus);
        Assert.Contains("the limit of 3", limited.GrpcMessage, StringComparison.Ordinal);
        Assert.Equal("0", other.GrpcStatus);
    }

    [Fact]
    public async Task WhatAServiceDoesNotSet_IsAsForAll()
    {
        await using var server = await StartAsync(
            all => all.MaxReceiveMessageSize = 3, echo => echo.MaxSendMessageSize = 1000);

        Assert.Equal("8", (await server.Caller.CallAsync(RawCaller.Unary, s_request)).GrpcStatus);
    }

    [Fact]
    public async Task AService_CanLiftTheLimitOfAll()
    {
        await using var server = await StartAsync(
            all => all.MaxReceiveMessageSize = 3, echo => echo.MaxReceiveMessageSize = null);

        Assert.Equal("0", (await server.Caller.CallAsync(RawCaller.Unary, s_request)).GrpcStatus);
        Assert.Equal("8", (await server.Caller.CallAsync(OtherUnary, s_request)).GrpcStatus);
    }

    [Fact]
    public async Task CompressionProvidersOfOneService_AreNotThoseOfOthers()
    {
        await using var server = await StartAsync(_ => { }, echo => echo.CompressionProviders.Clear());
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            s_request.WriteTo(gzip);
        }

        var body = RawCaller.Frame(packed.ToArray(), flag: 1);
        var refused = await server.Caller.CallAsync(RawCaller.Unary, body, ("grpc-encoding", "gzip"));
        var read = await server.Caller.CallAsync(OtherUnary, body, ("grpc-encoding", "gzip"));

        Assert.Equal("12", refused.GrpcStatus);
        Assert.Equal("identity", refused.Headers["grpc-accept-encoding"]);
        Assert.Equal("0", read.GrpcStatus);
    }

    [Fact]
    public async Task CompressionOfOneService_IsNotThatOfOthers()
    {
        await using var server = await StartAsync(_ => { }, echo => echo.ResponseCompressionAlgorithm = "gzip");

        var compressed = await server.Caller.CallAsync(RawCaller.Unary, s_request, ("grpc-accept-encoding", "gzip"));
        var plain = await server.Caller.CallAsync(OtherUnary, s_request, ("grpc-accept-encoding", "gzip"));

        Assert.Equal("gzip", compressed.Headers["grpc-encoding"]);
        Assert.Equal(1, compressed.Body[0]);
        Assert.False(plain.Headers.ContainsKey("grpc-encoding"));
        Assert.Equal(0, plain.Body[0]);
    }

    [Fact]
    public async Task ErrorDetailOfOneService_IsNotThatOfOthers()
    {
        await using var server = await StartAsync(_ => { }, echo => echo.EnableDetailedErrors = true);
        server.Logs.Expect(entry => entry.Message.EndsWith("failed.", StringComparison.Ordinal));
        server.Behavior.Unary = (_, _) => throw new FormatException("secret");

        var detailed = await server.Caller.CallAsync(RawCaller.Unary, s_request);
        var silent = await server.Caller.CallAsync(OtherUnary, s_request);

        Assert.Equal("Exception was thrown by handler. FormatException: secret", detailed.GrpcMessage);
        Assert.Equal("Exception was thrown by handler.", silent.GrpcMessage);
        Assert.Equal(("2", "2"), (detailed.GrpcStatus, silent.GrpcStatus));
    }

    [Fact]
    public async Task InterceptorsOfAll_StandBeforeThoseOfOne()
    {
        List<string> order = [];
        await using var server = await StartAsync(
            all => all.Interceptors.Add(new RecordingInterceptor("all", order)),
            echo =>
            {
                echo.Interceptors.Add<RecordingInterceptor>("one", order);
                var type = typeof(RecordingInterceptor);
                echo.Interceptors.Add(type, "two", order);
            });

        Assert.Equal("0", (await server.Caller.CallAsync(RawCaller.Unary, s_request)).GrpcStatus);
        Assert.Equal(["all:unary", "one:unary", "two:unary"], order);
        order.Clear();
        Assert.Equal("0", (await server.Caller.CallAsync(OtherUnary, s_request)).GrpcStatus);
        Assert.Equal(["all:unary"], order);
    }

    [Fact]
    public void EverySettingOfAll_IsWhereThatOfOneBegins()
    {
        var services = new ServiceCollection();
        services.AddGrpc(Change).AddServiceOptions<EchoService>(_ => { });
        using var provider = services.BuildServiceProvider();
        var fresh = new GrpcServiceOptions();

        var one = provider.GetRequiredService<IOptions<GrpcServiceOptions<EchoService>>>().Value;

        Assert.Single(one.Interceptors);
        foreach (var property in typeof(GrpcServiceOptions).GetProperties().Where(property => property.PropertyType.IsValueType))
        {
            Assert.NotEqual(property.GetValue(fresh), property.GetValue(one));
        }

        static void Change(GrpcServiceOptions all)
        {
            foreach (var property in typeof(GrpcServiceOptions).GetProperties().Where(property => property.PropertyType.IsValueType))
            {
                property.SetValue(all, property.GetValue(all) switch
                {
                    bool flag => !flag,
                    _ when Nullable.GetUnderlyingType(property.PropertyType) is { IsEnum: true } type => Enum.ToObject(type, 1),
                    _ when property.PropertyType == typeof(TimeSpan?) => TimeSpan.FromSeconds(77),
                    _ => 77,
                });
            }

            all.Interceptors.Add(new RecordingInterceptor("", []));
        }
    }

    [Fact]
    public async Task WrongSettingOfAService_IsRefusedAtStart()
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(_ => { }, echo => echo.MaxSendMessageSize = -1));

        Assert.Contains("must not be negative", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TypeThatIsNoInterceptor_IsRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => new GrpcInterceptorCollection { { typeof(string), [] } });

        Assert.Contains(typeof(Interceptor).FullName!, error.Message, StringComparison.Ordinal);
    }

    private static Task<GrpcTestServer> StartAsync(Action<GrpcServiceOptions> all, Action<GrpcServiceOptions<EchoService>> echo) =>
        GrpcTestServer.StartAsync(
            services: services =>
            {
                services.AddGrpc().AddServiceOptions(echo);
                services.AddGrpc(all);
            },
            map: app =>
            {
                app.MapGrpcService<EchoService>();
                app.MapGrpcService(CreateOther(app.ServiceProvider.GetRequiredService<EchoBehavior>()));
            });

    private static ServerServiceDefinition CreateOther(EchoBehavior behavior)
    {
        var method = new Method<EchoRequest, EchoReply>(
            MethodType.Unary,
            "rollcall.test.Other",
            "Unary",
            Marshallers.Create(static request => Google.Protobuf.MessageExtensions.ToByteArray(request), EchoRequest.Parser.ParseFrom),
            Marshallers.Create(static reply => Google.Protobuf.MessageExtensions.ToByteArray(reply), EchoReply.Parser.ParseFrom));
        return ServerServiceDefinition.CreateBuilder().AddMethod(method, (request, context) => behavior.Unary(request, context)).Build();
    }
}
