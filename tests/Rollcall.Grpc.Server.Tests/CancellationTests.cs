using Grpc.Core;
using Microsoft.Extensions.Logging;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

public sealed class CancellationTests
{
    private static readonly EchoRequest s_request = new() { Text = "c" };

    [Fact]
    public async Task CallerThatGivesUpAWaitingHandler_FiresItsToken()
    {
        await using var server = await GrpcTestServer.StartAsync();
        var entered = NewSignal();
        var cancelled = NewSignal();
        server.Behavior.Unary = async (request, context) =>
        {
            entered.SetResult();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken));
            cancelled.SetResult();
            throw new OperationCanceledException();
        };
        using var cancellation = new CancellationTokenSource();

        var call = server.Caller.StartAsync(RawCaller.Unary, new ByteArrayContent(RawCaller.Frame(s_request)), cancellation.Token);
        await entered.Task.WithinAsync();
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await cancelled.Task.WithinAsync();
        await Eventually.TrueAsync(() => server.Logs.Entries.Any(entry => entry.Message.Contains("gave up", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task CallerThatGivesUpAfterTheFirstResponse_EndsAHandlerThatWritesForEver()
    {
        await using var server = await GrpcTestServer.StartAsync();
        var ended = NewSignal<Exception>();
        server.Behavior.ServerStream = async (request, responses, _) =>
        {
            try
            {
                while (true)
                {
                    await responses.WriteAsync(EchoBehavior.Reply(request));
                }
            }
            catch (Exception exception)
            {
                ended.SetResult(exception);
                throw;
            }
        };

        var response = await server.Caller.StartAsync(
            RawCaller.ServerStream, new ByteArrayContent(RawCaller.Frame(s_request)), CancellationToken.None);
        await using (var stream = await response.Content.ReadAsStreamAsync())
        {
            await stream.ReadExactlyAsync(new byte[5]).AsTask().WithinAsync();
        }

        response.Dispose();

        Assert.IsAssignableFrom<OperationCanceledException>(await ended.Task.WithinAsync());
    }

    [Theory]
    [InlineData(RawCaller.ServerStream)]
    [InlineData(RawCaller.Duplex)]
    public async Task HandlerThatFailsAfterAWriteToACallerThatGaveUp_IsLoggedWithItsOwnError(string path)
    {
        await using var server = await GrpcTestServer.StartAsync();
        var own = new InvalidOperationException("The handler's own.");
        server.Logs.Expect(entry => entry.Exception == own);
        async Task FailAsync(IServerStreamWriter<EchoReply> responses, ServerCallContext context)
        {
            await Record.ExceptionAsync(() => context.WriteResponseHeadersAsync([]));
            await Record.ExceptionAsync(() => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken));
            await Record.ExceptionAsync(() => responses.WriteAsync(new EchoReply()));
            throw own;
        }

        server.Behavior.ServerStream = (_, responses, context) => FailAsync(responses, context);
        server.Behavior.Duplex = (_, responses, context) => FailAsync(responses, context);

        var response = await server.Caller.StartAsync(path, new ByteArrayContent(RawCaller.Frame(s_request)), CancellationToken.None);
        response.Dispose();

        static bool IsOurs(LogEntry entry) => entry.Category.StartsWith("Rollcall.", StringComparison.Ordinal);
        await Eventually.TrueAsync(() => server.Logs.Entries.Any(IsOurs));
        var logged = Assert.Single(server.Logs.Entries, IsOurs);
        Assert.Equal((1, own), (logged.EventId.Id, logged.Exception));
    }

    [Fact]
    public async Task CallerThatGivesUpBetweenRequests_EndsTheRead()
    {
        await using var server = await GrpcTestServer.StartAsync();
        var entered = NewSignal();
        var ended = NewSignal<Exception>();
        server.Behavior.ClientStream = async (requests, _) =>
        {
            entered.SetResult();
            var failure = await Record.ExceptionAsync(() => requests.MoveNext());
            ended.SetResult(failure!);
            throw failure!;
        };
        using var cancellation = new CancellationTokenSource();

        var call = server.Caller.StartAsync(RawCaller.ClientStream, new PushContent(), cancellation.Token);
        await entered.Task.WithinAsync();
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.NotNull(await ended.Task.WithinAsync());
        await Eventually.TrueAsync(() => server.Logs.Entries.Any(entry => entry.Message.Contains("gave up", StringComparison.Ordinal)));
        Assert.DoesNotContain(server.Logs.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task OperationCancelledByTheHandlerItself_IsAFaultAndNotACancelledCall()
    {
        await using var server = await GrpcTestServer.StartAsync();
        server.Logs.Expect(entry => entry.Exception is OperationCanceledException);
        server.Behavior.Unary = (_, _) => throw new OperationCanceledException();

        var response = await server.Caller.CallAsync(RawCaller.Unary, s_request);

        Assert.Equal("2", response.GrpcStatus);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource<T> NewSignal<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
