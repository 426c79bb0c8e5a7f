using System.Net;
using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Rollcall.Grpc.Server.Protocols;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>
/// What a handler leaves behind when it returns, against the rules or by an oversight: it gets an error, and the calls that come next on the
/// connection, for which the server uses the same stream again, notice nothing.
/// </summary>
public sealed class LeftBehindTests
{
    private const string Write = "/left.Behind/Write";

    // The first message is in the making when its call ends, and is made while the next call runs.
    [Fact]
    public async Task WriteThatIsBeingSerialized_FailsAndTheNextCallHasItsOwnMessageAlone()
    {
        var serializing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var serialize = new ManualResetEventSlim();
        var marshaller = Marshallers.Create(
            text =>
            {
                if (text == "left")
                {
                    serializing.SetResult();
                    Assert.True(serialize.Wait(TimeSpan.FromSeconds(30)));
                }

                return Encoding.UTF8.GetBytes(text);
            },
            Encoding.UTF8.GetString);
        Task? left = null;
        await using var server = await StartAsync(marshaller, async (request, responses, _) =>
        {
            if (request == "first")
            {
                left = Task.Run(() => responses.WriteAsync("left"));
                await serializing.Task.WithinAsync();
                return;
            }

            serialize.Set();
            await Record.ExceptionAsync(() => left!.WithinAsync());
            await responses.WriteAsync(request);
        });

        var first = await server.Caller.CallAsync(Write, RawCaller.Frame("first"u8.ToArray(), flag: 0));
        var second = await server.Caller.CallAsync(Write, RawCaller.Frame("second"u8.ToArray(), flag: 0));

        Assert.Equal(("0", "0"), (first.GrpcStatus, second.GrpcStatus));
        Assert.Empty(first.Body);
        Assert.Equal(RawCaller.Frame("second"u8.ToArray(), flag: 0), second.Body);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => left!);
        Assert.Equal("The call has ended; write only before the handler returns.", error.Message);
    }

    [Theory]
    [InlineData(RawCaller.ClientStream, true)]
    [InlineData(RawCaller.ClientStream, false)]
    [InlineData(RawCaller.Duplex, true)]
    [InlineData(RawCaller.Duplex, false)]
    public async Task ReadThatWaits_FailsAndTheNextCallsReadTheirOwn(string path, bool endsWell)
    {
        await using var server = await GrpcTestServer.StartAsync();
        var left = new TaskCompletionSource<Task<bool>>(TaskCreationOptions.RunContinuationsAsynchronously);
        LeaveFirstReadBehind(server.Behavior, left);
        await using var caller = await FrameCaller.ConnectAsync(server.Address);

        await caller.StartAsync(1, path);
        await caller.DataAsync(1, RawCaller.Frame(new EchoRequest { Text = "first" }), endStream: false);
        await caller.Answer(1).Ended.WithinAsync();
        await caller.SendAsync(endsWell
            ? new Http2Frame(FrameType.Data, Http2Flags.EndStream, 1, [])
            : new Http2Frame(FrameType.RstStream, Http2Flags.None, 1, [0, 0, 0, 8]));
        List<RawResponse> next = [];
        for (var stream = 3; stream < 9; stream += 2)
        {
            next.Add(await caller.CallAsync(stream, path, RawCaller.Frame(new EchoRequest { Text = $"{stream}" })));
        }

        Assert.Equal(["3", "5", "7"], next.Select(response => Assert.Single(response.Messages(EchoReply.Parser)).Text));
        Assert.Equal("0", caller.Answer(1).ToResponse().GrpcStatus);
        await AssertEndedAsync(left.Task);
    }

    // Every request of the connection has the same reader.
    [Theory]
    [InlineData(RawCaller.ClientStream, WebCaller.Binary, false)]
    [InlineData(RawCaller.ClientStream, WebCaller.Binary, true)]
    [InlineData(RawCaller.ClientStream, WebCaller.Text, false)]
    [InlineData(RawCaller.ClientStream, WebCaller.Text, true)]
    [InlineData(RawCaller.Duplex, WebCaller.Binary, false)]
    [InlineData(RawCaller.Duplex, WebCaller.Binary, true)]
    [InlineData(RawCaller.Duplex, WebCaller.Text, false)]
    [InlineData(RawCaller.Duplex, WebCaller.Text, true)]
    public async Task ReadThatWaitsOnHttp11_FailsAndTheNextCallsReadTheirOwn(string path, string type, bool isChunked)
    {
        await using var server = await GrpcTestServer.StartAsync(protocols: HttpProtocols.Http1);
        var left = new TaskCompletionSource<Task<bool>>(TaskCreationOptions.RunContinuationsAsynchronously);
        LeaveFirstReadBehind(server.Behavior, left);
        using var caller = new WebCaller(server.Address);
        var body = WebCaller.Encode(new EchoRequest { Text = "first" }, type);
        using var content = new PushContent();
        content.Headers.ContentLength = isChunked ? null : 2 * body.Length;

        var first = caller.SendAsync(HttpMethod.Post, path, content, type);
        await content.WriteAsync(body);
        await AssertEndedAsync(left.Task);
        await content.WriteAsync(body);
        content.Complete();
        using var response = await first;
        var second = await caller.CallAsync(path, new EchoRequest { Text = "second" }, type);

        Assert.Equal("0", (await WebAnswer.ReadAsync(response)).Trailers()["grpc-status"]);
        Assert.Equal("second", Assert.Single(second.Messages(EchoReply.Parser)).Text);
    }

    [Fact]
    public async Task ReadThatCannotBeEnded_FailsTheCallBehindWhatWasWritten()
    {
        await using var server = await GrpcTestServer.StartAsync(map: app =>
        {
            ((IApplicationBuilder)app).Use((context, next) =>
            {
                context.Features.Set<IRequestBodyPipeFeature>(new ConvertedRequest(new FailingCancelReader(context.Request.BodyReader)));
                return next(context);
            });
            app.MapGrpcService<EchoService>();
        });
        server.Logs.Expect(entry => entry.Exception is NotSupportedException);
        server.Behavior.Duplex = async (requests, responses, context) =>
        {
            _ = requests.MoveNext();
            responses.WriteOptions = new WriteOptions(WriteFlags.BufferHint);
            await responses.WriteAsync(new EchoReply { Text = "written" });
        };
        using var content = new PushContent();

        using var message = await server.Caller.StartAsync(RawCaller.Duplex, content, CancellationToken.None).WithinAsync();
        content.Complete();
        var response = await RawResponse.ReadAsync(message);

        Assert.Equal("2", response.GrpcStatus);
        Assert.Equal("written", Assert.Single(response.Messages(EchoReply.Parser)).Text);
    }

    [Fact]
    public async Task ReadBesideAnother_Fails()
    {
        await using var server = await GrpcTestServer.StartAsync();
        server.Behavior.Duplex = async (requests, responses, _) =>
        {
            var read = requests.MoveNext();
            var error = await Assert.ThrowsAsync<InvalidOperationException>(() => requests.MoveNext());
            Assert.Equal("The read before has not ended; await each MoveNext before the next.", error.Message);
            await responses.WriteAsync(new EchoReply());
            Assert.True(await read);
            await responses.WriteAsync(EchoBehavior.Reply(requests.Current));
        };
        using var content = new PushContent();

        var call = server.Caller.StartAsync(RawCaller.Duplex, content, CancellationToken.None);
        using var message = await call.WithinAsync();
        await content.WriteAsync(RawCaller.Frame(new EchoRequest { Text = "one" }));
        content.Complete();
        var response = await RawResponse.ReadAsync(message);

        Assert.Equal("0", response.GrpcStatus);
        Assert.Equal(["", "one"], response.Messages(EchoReply.Parser).Select(reply => reply.Text));
    }

    // With a deadline, with the end of the application to wait for, and with neither.
    [Theory]
    [InlineData(RawCaller.Unary, "5S", true)]
    [InlineData(RawCaller.Unary, "5S", false)]
    [InlineData(RawCaller.Unary, null, true)]
    [InlineData(RawCaller.Unary, null, false)]
    [InlineData(RawCaller.ServerStream, null, true)]
    [InlineData(RawCaller.ServerStream, null, false)]
    public async Task Token_CanBeAskedForAndDoesNotFire(string path, string? timeout, bool wasAskedBefore)
    {
        var time = new FakeTimeProvider();
        await using var server = await GrpcTestServer.StartAsync(timeProvider: time);
        ServerCallContext? ended = null;
        CancellationToken before = default;
        void Keep(ServerCallContext context) => (ended, before) = (context, wasAskedBefore ? context.CancellationToken : default);
        server.Behavior.Unary = (request, context) =>
        {
            Keep(context);
            return Task.FromResult(EchoBehavior.Reply(request));
        };
        server.Behavior.ServerStream = (request, responses, context) =>
        {
            Keep(context);
            return responses.WriteAsync(EchoBehavior.Reply(request));
        };

        var response = await server.Caller.CallAsync(path, new EchoRequest { Text = "t" }, timeout is null ? [] : [("grpc-timeout", timeout)]);

        // The call is over for its caller a moment before it is for the server, which gives its parts to the next.
        await server.StopAsync();
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("0", response.GrpcStatus);
        Assert.False(ended!.CancellationToken.IsCancellationRequested);
        Assert.False(before.IsCancellationRequested);
    }

    // Of the first call the handler reads one message, begins to read another, and returns.
    private static void LeaveFirstReadBehind(EchoBehavior behavior, TaskCompletionSource<Task<bool>> left)
    {
        behavior.ClientStream = async (requests, _) =>
        {
            await requests.MoveNext();
            var reply = EchoBehavior.Reply(requests.Current);
            return left.TrySetResult(requests.MoveNext()) || !await requests.MoveNext() ? reply : throw new InvalidOperationException("a second message");
        };
        behavior.Duplex = async (requests, responses, _) =>
        {
            await requests.MoveNext();
            await responses.WriteAsync(EchoBehavior.Reply(requests.Current));
            if (!left.TrySetResult(requests.MoveNext()) && await requests.MoveNext())
            {
                throw new InvalidOperationException("a second message");
            }
        };
    }

    private static async Task AssertEndedAsync(Task<Task<bool>> left)
    {
        var read = await left.WithinAsync();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => read.WithinAsync());
        Assert.Equal("The call has ended; its request stream can't be read any more.", error.Message);
    }

    private static Task<GrpcTestServer> StartAsync(Marshaller<string> marshaller, ServerStreamingServerMethod<string, string> handler) =>
        GrpcTestServer.StartAsync(map: app => app.MapGrpcService(ServerServiceDefinition.CreateBuilder()
            .AddMethod(new Method<string, string>(MethodType.ServerStreaming, "left.Behind", "Write", marshaller, marshaller), handler)
            .Build()));
}
