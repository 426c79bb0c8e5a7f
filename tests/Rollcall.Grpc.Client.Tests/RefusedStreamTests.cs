using System.Buffers;
using System.IO.Compression;
using System.Text;
using Grpc.Core;
using Grpc.Net.Compression;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>Calls that a server refused before it served anything of them, by RST_STREAM or by GOAWAY.</summary>
public class RefusedStreamTests
{
    [Fact]
    public async Task RefusedStream_GoesToAnotherInstance()
    {
        await using var refusing = FramePeer.Start((connection, id) => connection.ResetAsync(id, 7));
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = Channels.Over("pick_first", null, refusing.Endpoint, peer.Endpoint);
        var invoker = channel.CreateCallInvoker();

        Assert.Equal("a", await invoker.AsyncUnaryCall(TextMethods.Unary, null, default, "a").ResponseAsync.WithinAsync());

        // The first message was sent to the server that refused, and is sent again.
        using var duplex = invoker.AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);
        await duplex.RequestStream.WriteAsync("d").WithinAsync();
        Assert.True(await duplex.ResponseStream.MoveNext(default).WithinAsync());
        Assert.Equal("d", duplex.ResponseStream.Current);
        await duplex.RequestStream.CompleteAsync().WithinAsync();
        Assert.False(await duplex.ResponseStream.MoveNext(default).WithinAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ConnectionThatBeginsWithGoAway_HasServedNothing(bool tls)
    {
        using var certificates = new TestCertificates();
        using var certificate = certificates.Issue("localhost");

        // As Kestrel does that stops while a connection is being made.
        await using var stopping = FramePeer.Start(
            (_, _) => Task.CompletedTask, begin: Http2Frame.GoAway(0, 0), certificate: tls ? certificate : null);
        await using var peer = await TextPeer.StartAsync(
            TextPeer.Echo(), 0, HttpProtocols.Http2, tls ? listen => listen.UseHttps(certificate) : null);
        using var channel = Channels.Over(
            "pick_first",
            tls ? options => (options.Credentials, options.Authority) = (new SslCredentials(certificates.AuthorityPem), "localhost") : null,
            stopping.Endpoint,
            peer.Endpoint);
        var invoker = channel.CreateCallInvoker();

        Assert.Equal("a", await invoker.AsyncUnaryCall(TextMethods.Unary, null, default, "a").ResponseAsync.WithinAsync());

        using var duplex = invoker.AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);
        await duplex.RequestStream.WriteAsync("d").WithinAsync();
        Assert.True(await duplex.ResponseStream.MoveNext(default).WithinAsync());
        await duplex.RequestStream.CompleteAsync().WithinAsync();
    }

    [Fact]
    public async Task StreamRefusedAfterMessages_SendsThemAgainElsewhere()
    {
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var refusing = FramePeer.Start(async (connection, id) =>
        {
            // The handler itself tries the same server a few times.
            if (id == 1)
            {
                await first.Task;
            }

            await connection.ResetAsync(id, 7);
        });
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = Channels.Over("pick_first", null, refusing.Endpoint, peer.Endpoint);

        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);
        await call.RequestStream.WriteAsync("1").WithinAsync();
        await call.RequestStream.WriteAsync("2").WithinAsync();
        first.SetResult();
        await call.RequestStream.WriteAsync("3").WithinAsync();
        await call.RequestStream.CompleteAsync().WithinAsync();

        var seen = new List<string>();
        while (await call.ResponseStream.MoveNext(default).WithinAsync())
        {
            seen.Add(call.ResponseStream.Current);
        }

        Assert.Equal(["1", "2", "3"], seen);
    }

    [Fact]
    public async Task StreamRefusedAfterALargeMessageThatIsPackedSmall_SendsItAgainElsewhere()
    {
        // Packed to about 100 bytes, in memory that was taken for what it had before.
        Assert.Equal("70000", await WriteToTwoAsync(TextMethods.ClientStream, "gzip", Enumerable.Repeat(new string('x', 70_000), 1)));
    }

    [Fact]
    public async Task StreamRefusedAfterMessagesWhoseLengthNobodySaidBefore_SendsThemAgainElsewhere()
    {
        // Each in memory of 2 KB.
        var text = new Marshaller<string>(
            static (text, context) =>
            {
                var writer = context.GetBufferWriter();
                writer.Write(Encoding.UTF8.GetBytes(text));
                context.Complete();
            },
            static context => Encoding.UTF8.GetString(context.PayloadAsReadOnlySequence()));
        var method = new Method<string, string>(MethodType.ClientStreaming, TextMethods.Service, "ClientStream", text, text);

        Assert.Equal(
            string.Join(' ', Enumerable.Repeat("10", 200)), await WriteToTwoAsync(method, null, Enumerable.Repeat(new string('x', 10), 200)));
    }

    [Fact]
    public async Task StreamRefusedAfterMoreThanIsKept_Fails()
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var refusing = await TextPeer.StartAsync(async context =>
        {
            await written.Task;
            TextPeer.Reset(context, 7);
        });
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = Channels.Over("pick_first", null, refusing.Endpoint, peer.Endpoint);

        using var call = channel.CreateCallInvoker().AsyncClientStreamingCall(TextMethods.ClientStream, null, default);
        for (var i = 0; i < 5; i++)
        {
            await call.RequestStream.WriteAsync(new string('x', 15_000)).WithinAsync();
        }

        written.SetResult();
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Equal(
            $"{refusing.Endpoint.Authority} refused the call before it looked at it (REFUSED_STREAM or GOAWAY), and it can't be made again: its first messages are not kept any more.",
            error.Status.Detail);
        Assert.Equal(0, peer.Requests);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(0xbu)] // ENHANCE_YOUR_CALM, for instance to who pings too often
    public async Task GoAwayWithUnprocessedCalls_MakesThemOnANewConnection(uint errorCode)
    {
        var connections = 0;
        FramePeerConnection? first = null;
        await using var peer = FramePeer.Start(async (connection, id) =>
        {
            if (Interlocked.CompareExchange(ref first, connection, null) is null || first == connection)
            {
                connections++;
                await connection.GoAwayAsync(0, errorCode);
                return;
            }

            await connection.AnswerAsync(id, "second connection");
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        Assert.Equal(
            "second connection",
            await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());
        Assert.Equal(1, connections);
        Assert.Equal(2, peer.Connections);
    }

    [Fact]
    public async Task ServerThatIsStopping_CallsWithMuchMetadataGoElsewhere()
    {
        await using var stopping = FramePeer.Start(static (_, _) => Task.CompletedTask, Http2Frame.GoAway(0, 0));
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = Channels.Over("pick_first", null, stopping.Endpoint, peer.Endpoint);

        var answer = await channel.CreateCallInvoker().AsyncUnaryCall(
            TextMethods.Unary, null, new CallOptions(new Metadata { { "large", new string('x', 9_000) } }), "x").ResponseAsync.WithinAsync();

        Assert.Equal("x", answer);
    }

    /// <summary>Writes to a server that refuses the call once all is written, and beside it one that answers with the lengths of what it gets.</summary>
    private static async Task<string> WriteToTwoAsync(Method<string, string> method, string? encoding, IEnumerable<string> messages)
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var refusing = await TextPeer.StartAsync(async context =>
        {
            await written.Task;
            TextPeer.Reset(context, 7);
        });
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            TextPeer.Begin(context);
            await TextPeer.WriteMessageAsync(context, string.Join(' ', Lengths(new ReadOnlySequence<byte>(body.ToArray()))));
            TextPeer.End(context, 0);
        });
        using var channel = Channels.Over(
            "pick_first", options => options.RequestCompressionAlgorithm = encoding, refusing.Endpoint, peer.Endpoint);

        using var call = channel.CreateCallInvoker().AsyncClientStreamingCall(method, null, default);
        foreach (var message in messages)
        {
            await call.RequestStream.WriteAsync(message).WithinAsync();
        }

        written.SetResult();
        await call.RequestStream.CompleteAsync().WithinAsync();
        var answer = await call.ResponseAsync.WithinAsync();
        Assert.NotEqual(0, refusing.Requests);
        return answer;
    }

    private static List<int> Lengths(ReadOnlySequence<byte> body)
    {
        var lengths = new List<int>();
        while (GrpcFraming.TryReadFrame(ref body, int.MaxValue, out var frame) == GrpcFrameResult.Frame)
        {
            if (!frame.Compressed)
            {
                lengths.Add((int)frame.Payload.Length);
                continue;
            }

            var result = GrpcCompression.TryDecompress(new GzipCompressionProvider(CompressionLevel.Fastest), frame.Payload, 1 << 20, out var message);
            Assert.Equal(GrpcDecompressionResult.Decompressed, result);
            using (message)
            {
                lengths.Add(message.Payload.Length);
            }
        }

        Assert.True(body.IsEmpty);
        return lengths;
    }
}
