using Grpc.Core;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

public sealed class DeadlineTests
{
    private static readonly EchoRequest s_request = new() { Text = "d" };

    [Fact]
    public async Task DeadlineWhileTheHandlerWaits_CancelsItAndIsTheStatus()
    {
        var time = new FakeTimeProvider();
        var deadline = time.GetUtcNow().UtcDateTime + TimeSpan.FromSeconds(5);
        await using var server = await GrpcTestServer.StartAsync(timeProvider: time);
        server.Behavior.Unary = async (request, context) =>
        {
            Assert.Equal(deadline, context.Deadline);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
            return EchoBehavior.Reply(request);
        };

        var call = server.Caller.CallAsync(RawCaller.Unary, s_request, ("grpc-timeout", "5S"));
        await time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(5));
        time.Advance(TimeSpan.FromSeconds(5));
        var response = await call.WithinAsync();

        Assert.Equal("4", response.GrpcStatus);
        Assert.Equal(0, time.PendingTimers);
    }

    [Fact]
    public async Task HandlerThatReturnsAfterTheDeadline_IsDeadlineExceeded()
    {
        var time = new FakeTimeProvider();
        await using var server = await GrpcTestServer.StartAsync(timeProvider: time);
        server.Behavior.Unary = (request, _) =>
        {
            time.Advance(TimeSpan.FromSeconds(5));
            return Task.FromResult(EchoBehavior.Reply(request));
        };

        var response = await server.Caller.CallAsync(RawCaller.Unary, s_request, ("grpc-timeout", "5S"));

        Assert.Equal("4", response.GrpcStatus);
    }

    [Theory]
    [InlineData("0S")]
    [InlineData("0m")]
    public async Task NoTime_IsDeadlineExceeded_HoweverFastTheHandler(string timeout)
    {
        var time = new FakeTimeProvider();
        await using var server = await GrpcTestServer.StartAsync(timeProvider: time);
        server.Behavior.Unary = static (request, context) =>
        {
            Assert.True(context.CancellationToken.IsCancellationRequested);
            return Task.FromResult(EchoBehavior.Reply(request));
        };

        var response = await server.Caller.CallAsync(RawCaller.Unary, s_request, ("grpc-timeout", timeout));

        Assert.Equal("4", response.GrpcStatus);
    }

    [Fact]
    public async Task DeadlineWhileTheCallerIsSilent_EndsTheRead()
    {
        var time = new FakeTimeProvider();
        await using var server = await GrpcTestServer.StartAsync(timeProvider: time);
        var answer = server.Caller.StartAsync(RawCaller.Duplex, new PushContent(), CancellationToken.None, ("grpc-timeout", "5S"));

        await time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(5));
        time.Advance(TimeSpan.FromSeconds(5));
        using var message = await answer.WithinAsync();
        var response = await RawResponse.ReadAsync(message);

        Assert.Equal("4", response.GrpcStatus);
    }

    [Fact]
    public async Task ManyDeadlinesInRealTime_AreNeverCalledCancelled()
    {
        await using var server = await GrpcTestServer.StartAsync();
        server.Behavior.Unary = async (request, context) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
            return EchoBehavior.Reply(request);
        };

        var responses = await Task.WhenAll(
            Enumerable.Range(0, 1000).Select(i => server.Caller.CallAsync(RawCaller.Unary, s_request, ("grpc-timeout", $"{1 + (i % 20)}m"))));

        Assert.All(responses, response => Assert.Equal("4", response.GrpcStatus));
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("5s")]
    [InlineData("100000000S")]
    [InlineData("-1S")]
    public async Task MalformedTimeout_IsInternalAndNamed(string timeout)
    {
        await using var server = await GrpcTestServer.StartAsync();

        var response = await server.Caller.CallAsync(RawCaller.Unary, s_request, ("grpc-timeout", timeout));

        Assert.Equal("13", response.GrpcStatus);
        Assert.Contains("grpc-timeout", response.GrpcMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("99999999H")]
    [InlineData("1H")]
    public async Task DistantDeadline_DoesNotDisturb(string timeout)
    {
        await using var server = await GrpcTestServer.StartAsync();

        var response = await server.Caller.CallAsync(RawCaller.Unary, s_request, ("grpc-timeout", timeout));

        Assert.Equal("0", response.GrpcStatus);
    }

    [Fact]
    public async Task PropagationToken_CarriesTheDeadline()
    {
        var time = new FakeTimeProvider();
        await using var server = await GrpcTestServer.StartAsync(timeProvider: time);
        DateTime? propagated = null;
        server.Behavior.Unary = (request, context) =>
        {
            propagated = new CallOptions(propagationToken: context.CreatePropagationToken()).Deadline;
            return Task.FromResult(EchoBehavior.Reply(request));
        };

        await server.Caller.CallAsync(RawCaller.Unary, s_request, ("grpc-timeout", "5S"));

        Assert.Equal(time.GetUtcNow().UtcDateTime + TimeSpan.FromSeconds(5), propagated);
    }
}
