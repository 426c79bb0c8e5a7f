using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

public sealed class StreamingTests
{
    private static readonly EchoRequest s_request = new() { Text = "m", Count = 3 };

    [Fact]
    public async Task ManyMessagesInOneBody_AreReadInOrder()
    {
        await using var server = await GrpcTestServer.StartAsync();
        var messages = Enumerable.Range(0, 1000).Select(i => new EchoRequest { Text = $"{i}" }).ToArray();

        var response = await server.Caller.CallAsync(RawCaller.ClientStream, RawCaller.Frame(messages));

        Assert.Equal("0", response.GrpcStatus);
        Assert.Equal(string.Join(',', Enumerable.Range(0, 1000)), Assert.Single(response.Messages(EchoReply.Parser)).Text);
    }

    [Fact]
    public async Task EmptyStream_IsAnsweredWithStatusAlone()
    {
        await using var server = await GrpcTestServer.StartAsync();

        var response = await server.Caller.CallAsync(RawCaller.Duplex, []);

        Assert.Equal("0", response.GrpcStatus);
        Assert.Empty(response.Body);
    }

    [Fact]
    public async Task ServerStream_SendsEveryMessage()
    {
        await using var server = await GrpcTestServer.StartAsync();

        var response = await server.Caller.CallAsync(RawCaller.ServerStream, s_request);

        Assert.Equal(["m", "m", "m"], response.Messages(EchoReply.Parser).Select(reply => reply.Text));
        Assert.Equal("0", response.Trailers["grpc-status"]);
    }

    [Fact]
    public async Task PingPong_AnswersEachMessageBeforeTheNext()
    {
        await using var server = await GrpcTestServer.StartAsync();
        var content = new PushContent();
        var answer = server.Caller.StartAsync(RawCaller.Duplex, content, CancellationToken.None);
        await content.WriteAsync(RawCaller.Frame(s_request));
        using var response = await answer.WithinAsync();
        await using var stream = await response.Content.ReadAsStreamAsync();
        var expected = RawCaller.Frame(new EchoReply { Text = "m" });
        var received = new byte[expected.Length];

        for (var i = 0; i < 5; i++)
        {
            if (i > 0)
            {
                await content.WriteAsync(RawCaller.Frame(s_request));
            }

            await stream.ReadExactlyAsync(received).AsTask().WithinAsync();
            Assert.Equal(expected, received);
        }

        content.Complete();
        Assert.Equal(0, await stream.ReadAsync(received).AsTask().WithinAsync());
        Assert.Equal("0", Assert.Single(response.TrailingHeaders.GetValues("grpc-status")));
    }

    [Fact]
    public async Task StreamCutInsideAMessage_IsInternal()
    {
        await using var server = await GrpcTestServer.StartAsync();

        var response = await server.Caller.CallAsync(RawCaller.ClientStream, [.. RawCaller.Frame(s_request), 0, 0, 0]);

        Assert.Equal("13", response.GrpcStatus);
    }

    [Fact]
    public async Task EarlyStatusWhileTheCallerStillWrites_ReachesTheCaller()
    {
        await using var server = await GrpcTestServer.StartAsync();
        server.Behavior.ClientStream = (_, _) => throw new RpcException(new Status(StatusCode.ResourceExhausted, "enough"));
        var content = new PushContent();
        var answer = server.Caller.StartAsync(RawCaller.ClientStream, content, CancellationToken.None);

        using var message = await answer.WithinAsync();
        var response = await RawResponse.ReadAsync(message);
        content.Complete();

        Assert.Equal("8", response.GrpcStatus);
        Assert.Equal("enough", response.GrpcMessage);
    }

    [Fact]
    public async Task StreamBeyondTheServersBodyLimit_IsNotCut()
    {
        await using var server = await GrpcTestServer.StartAsync();
        server.Behavior.ClientStream = async (requests, _) =>
        {
            var total = 0L;
            await foreach (var request in requests.ReadAllAsync())
            {
                total += request.Payload.Length;
            }

            return new EchoReply { Text = $"{total}" };
        };
        var frame = RawCaller.Frame(new EchoRequest { Payload = ByteString.CopyFrom(new byte[1_000_000]) });
        var content = new PushContent();
        var answer = server.Caller.StartAsync(RawCaller.ClientStream, content, CancellationToken.None);

        for (var i = 0; i < 33; i++)
        {
            await content.WriteAsync(frame);
        }

        content.Complete();
        using var message = await answer.WithinAsync();
        var response = await RawResponse.ReadAsync(message);

        Assert.Equal("0", response.GrpcStatus);
        Assert.Equal("33000000", Assert.Single(response.Messages(EchoReply.Parser)).Text);
    }

    [Fact]
    public async Task SlowReader_HoldsTheHandlerBack()
    {
        await using var server = await GrpcTestServer.StartAsync();
        const int Messages = 400;
        var payload = ByteString.CopyFrom(new byte[64 * 1024]);
        var written = 0;
        server.Behavior.ServerStream = async (_, responses, _) =>
        {
            for (var i = 0; i < Messages; i++)
            {
                await responses.WriteAsync(new EchoReply { Payload = payload });
                Interlocked.Increment(ref written);
            }
        };

        using var response = await server.Caller.StartAsync(
            RawCaller.ServerStream, new ByteArrayContent(RawCaller.Frame(s_request)), CancellationToken.None);
        var before = -1;
        await Eventually.TrueAsync(() => written > 0 && before == (before = written));
        var heldAt = Volatile.Read(ref written);
        var received = await RawResponse.ReadAsync(response);

        // The stream window of HttpClient grows to at most 16 MB; 25 MB are sent.
        Assert.InRange(heldAt, 1, Messages - 1);
        Assert.Equal(Messages, received.Messages(EchoReply.Parser).Count);
        Assert.Equal("0", received.GrpcStatus);
    }

    [Fact]
    public async Task WriteWhileTheOneBeforeIsHeldBack_IsRefused()
    {
        await using var server = await GrpcTestServer.StartAsync();
        var payload = ByteString.CopyFrom(new byte[64 * 1024]);
        var refused = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Behavior.ServerStream = async (_, responses, _) =>
        {
            // The caller does not read yet, so that the transport holds a write back sooner or later.
            Task write;
            do
            {
                write = responses.WriteAsync(new EchoReply { Payload = payload });
            }
            while (write.IsCompletedSuccessfully);

            var second = responses.WriteAsync(new EchoReply { Text = "second" });
            refused.SetResult(second.IsFaulted ? second.Exception.InnerException : null);
            await write;
        };

        using var response = await server.Caller.StartAsync(
            RawCaller.ServerStream, new ByteArrayContent(RawCaller.Frame(s_request)), CancellationToken.None);
        var error = await refused.Task.WithinAsync();
        var received = await RawResponse.ReadAsync(response);

        Assert.IsType<InvalidOperationException>(error);
        Assert.DoesNotContain(received.Messages(EchoReply.Parser), reply => reply.Text == "second");
        Assert.Equal("0", received.GrpcStatus);
    }

    [Theory]
    [InlineData(RawCaller.ClientStream, 2, true)]
    [InlineData(RawCaller.Duplex, 2, true)]
    [InlineData(RawCaller.Unary, 2, true)]
    [InlineData(RawCaller.ServerStream, 2, true)]
    [InlineData(RawCaller.ClientStream, 1, true)]
    [InlineData(RawCaller.Unary, 1, false)]
    [InlineData(RawCaller.ServerStream, 1, false)]
    public async Task LeastDataRateOfTheServer_IsLiftedForStreamsOfTheCallerAndForHttp2(string path, int version, bool lifted)
    {
        var rate = new BodyRate { MinDataRate = new MinDataRate(100, TimeSpan.FromSeconds(5)) };
        await using var server = await GrpcTestServer.StartAsync(protocols: HttpProtocols.Http1AndHttp2, map: routes => routes.MapGrpcService<EchoService>().Add(endpoint =>
        {
            var serve = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = context =>
            {
                context.Features.Set<IHttpMinRequestBodyDataRateFeature>(rate);
                return serve(context);
            };
        }));
        using var caller = new WebCaller(server.Address, new Version(version, version % 2));

        var answer = await caller.CallAsync(path, s_request);

        Assert.Equal("0", answer.Trailers()["grpc-status"]);
        Assert.Equal(lifted, rate.MinDataRate is null);
    }

    // The server would close the connection with all its calls. Over HTTP/1.1 a stalled request has one to itself, and that it is given up tells the time.
    [Fact]
    public async Task RequestsThatStall_EndNoCallOfTheirConnection()
    {
        await using var library = await LibraryServer.StartAsync(
            services: services => services.Configure<KestrelServerOptions>(kestrel =>
                kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(100, TimeSpan.FromSeconds(1.1))),
            map: routes =>
            {
                routes.MapGrpcService<EchoService>();
                routes.MapGrpcService<LibraryService>();
            });
        using var watch = new PushContent();
        var watching = library.Server.Caller.StartAsync(RawCaller.Duplex, watch, CancellationToken.None);
        await watch.WriteAsync(RawCaller.Frame(s_request));
        using var watched = await watching;
        (string Path, string Type, byte[] Body)[] requests =
        [
            (RawCaller.Unary, "application/grpc", RawCaller.Frame(s_request)),
            (RawCaller.ServerStream, "application/grpc", RawCaller.Frame(s_request)),
            (RawCaller.Unary, WebCaller.Binary, RawCaller.Frame(s_request)),
            (RawCaller.Unary, "application/json", "{}"u8.ToArray()),
            ("/v1/books", "application/json", "{}"u8.ToArray()),
        ];
        var stalled = new List<(PushContent Content, Task<HttpResponseMessage> Answer, byte[] Left)>();
        foreach (var (path, type, body) in requests)
        {
            var content = new PushContent();
            stalled.Add((content, library.Server.Caller.StartAsync(path, content, CancellationToken.None, ("content-type", type)), body[1..]));
            await content.WriteAsync(body[..1]);
        }

        using var alone = await RawConnection.OpenAsync(library.Server.Address);
        await alone.SendAsync($"POST {RawCaller.Unary} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{{");
        Assert.StartsWith("HTTP/1.1 499 ", await alone.ReadToEndAsync(), StringComparison.Ordinal);

        await watch.WriteAsync(RawCaller.Frame(s_request));
        watch.Complete();
        Assert.Equal(2, (await RawResponse.ReadAsync(watched)).Messages(EchoReply.Parser).Count);
        foreach (var (content, answer, left) in stalled)
        {
            await content.WriteAsync(left);
            content.Complete();
            using var response = await answer;
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            content.Dispose();
        }
    }

    [Fact]
    public async Task BufferedWrites_AreSentByTheTimeTheHandlerReturns()
    {
        await using var server = await GrpcTestServer.StartAsync();
        server.Behavior.ServerStream = async (request, responses, _) =>
        {
            responses.WriteOptions = new WriteOptions(WriteFlags.BufferHint);
            for (var i = 0; i < request.Count; i++)
            {
                await responses.WriteAsync(EchoBehavior.Reply(request));
            }
        };

        var response = await server.Caller.CallAsync(RawCaller.ServerStream, s_request);

        Assert.Equal(3, response.Messages(EchoReply.Parser).Count);
    }

    [Fact]
    public async Task StreamsUsedAfterTheCall_SayThatItHasEnded()
    {
        await using var server = await GrpcTestServer.StartAsync();
        IAsyncStreamReader<EchoRequest>? reader = null;
        IServerStreamWriter<EchoReply>? writer = null;
        server.Behavior.Duplex = (requests, responses, _) =>
        {
            reader = requests;
            writer = responses;
            return Task.CompletedTask;
        };

        var response = await server.Caller.CallAsync(RawCaller.Duplex, []);

        Assert.Equal("0", response.GrpcStatus);
        await Assert.ThrowsAsync<InvalidOperationException>(() => writer!.WriteAsync(new EchoReply()));
        await Assert.ThrowsAsync<InvalidOperationException>(() => reader!.MoveNext());
    }

    [Fact]
    public async Task Current_IsNullWhereThereIsNoMessage()
    {
        await using var server = await GrpcTestServer.StartAsync();
        var seen = new TaskCompletionSource<(EchoRequest? Before, EchoRequest? At, EchoRequest? After)>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Behavior.Duplex = async (requests, _, _) =>
        {
            var before = requests.Current;
            await requests.MoveNext();
            var at = requests.Current;
            await requests.MoveNext();
            seen.SetResult((before, at, requests.Current));
        };

        await server.Caller.CallAsync(RawCaller.Duplex, RawCaller.Frame(s_request));

        var (before, at, after) = await seen.Task.WithinAsync();
        Assert.Null(before);
        Assert.Equal(s_request, at);
        Assert.Null(after);
    }

    [Fact]
    public async Task MoveNextWithATokenThatFires_EndsTheWaitAndNotTheCall()
    {
        await using var server = await GrpcTestServer.StartAsync();
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Behavior.Duplex = async (requests, responses, _) =>
        {
            using var cancellation = new CancellationTokenSource();
            var wait = requests.MoveNext(cancellation.Token);
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
            cancelled.SetResult();
            Assert.True(await requests.MoveNext());
            await responses.WriteAsync(EchoBehavior.Reply(requests.Current));
        };
        var content = new PushContent();
        var answer = server.Caller.StartAsync(RawCaller.Duplex, content, CancellationToken.None);

        await cancelled.Task.WithinAsync();
        await content.WriteAsync(RawCaller.Frame(s_request));
        content.Complete();
        using var message = await answer.WithinAsync();
        var response = await RawResponse.ReadAsync(message);

        Assert.Equal("0", response.GrpcStatus);
        Assert.Equal("m", Assert.Single(response.Messages(EchoReply.Parser)).Text);
    }

    // In place of Kestrel's own, which does not tell what was set.
    private sealed class BodyRate : IHttpMinRequestBodyDataRateFeature
    {
        public MinDataRate? MinDataRate { get; set; }
    }
}
