using System.Net;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests.Protocols.Web;

public sealed class WebCallTests
{
    private static readonly EchoRequest s_request = new() { Text = "grüezi", Count = 3 };

    public static TheoryData<string, bool> Ways => new()
    {
        { WebCaller.Binary, false }, { WebCaller.Text, false }, { WebCaller.Binary, true }, { WebCaller.Text, true },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Unary_IsAnsweredWithMessageAndTrailersFrame(string type, bool http2)
    {
        await using var server = await StartAsync(http2);
        server.Behavior.Unary = async (request, context) =>
        {
            await context.WriteResponseHeadersAsync(new Metadata { { "ahead", "1" } });
            context.ResponseTrailers.Add("behind", "2");
            context.ResponseTrailers.Add("bytes-bin", [1, 2, 3]);
            return EchoBehavior.Reply(request);
        };
        using var caller = Caller(server, http2);

        var answer = await caller.CallAsync(RawCaller.Unary, s_request, type);

        Assert.Equal(HttpStatusCode.OK, answer.HttpStatus);
        Assert.Equal(type, answer.ContentType);
        Assert.Equal("1", answer.Headers["ahead"]);
        Assert.Equal("grüezi", Assert.Single(answer.Messages(EchoReply.Parser)).Text);
        Assert.Equal(
            new Dictionary<string, string> { ["behind"] = "2", ["bytes-bin"] = "AQID", ["grpc-status"] = "0" },
            answer.Trailers());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task StatusWithoutAMessage_IsInTheBodyToo(string type, bool http2)
    {
        await using var server = await StartAsync(http2);
        server.Behavior.Unary = (_, _) => throw new RpcException(
            new Status(StatusCode.NotFound, "nicht da: ü"), new Metadata { { "grpc-status-details-bin", [8, 5] } });
        using var caller = Caller(server, http2);

        var answer = await caller.CallAsync(RawCaller.Unary, s_request, type);

        Assert.Equal(HttpStatusCode.OK, answer.HttpStatus);
        Assert.False(answer.Headers.ContainsKey("grpc-status"));
        Assert.Empty(answer.Messages(EchoReply.Parser));
        var trailers = answer.Trailers();
        Assert.Equal("5", trailers["grpc-status"]);
        Assert.Equal("nicht da: %C3%BC", trailers["grpc-message"]);
        Assert.Equal("CAU", trailers["grpc-status-details-bin"]);
    }

    // Such a value comes from a peer, with a failure that a handler lets through. What ends a body must not take a line break of it.
    [Theory]
    [InlineData("a\u0001b")]
    [InlineData("a\r\ngrpc-status: 0")]
    [InlineData("café")]
    public async Task TrailerThatHttpCannotCarry_IsInternalAsWithGrpc(string value)
    {
        await using var server = await StartAsync(http2: true);
        server.Behavior.Unary = (_, _) =>
        {
            var trailers = new Metadata();
            Assert.True(GrpcMetadata.TryAddHeader(trailers, "t-x", value));
            throw new RpcException(new Status(StatusCode.NotFound, ""), trailers);
        };
        server.Logs.Expect(entry => entry.Message.StartsWith("A trailer of", StringComparison.Ordinal));
        using var caller = Caller(server, http2: true);

        var answer = await caller.CallAsync(RawCaller.Unary, s_request, WebCaller.Binary);
        var same = await server.Caller.CallAsync(RawCaller.Unary, s_request);

        Assert.Equal(["grpc-message", "grpc-status"], answer.Trailers().Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("13", "13"), (answer.Trailers()["grpc-status"], same.GrpcStatus));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task ServerStream_ArrivesMessageByMessage(string type, bool http2)
    {
        await using var server = await StartAsync(http2);
        var seen = new SemaphoreSlim(0);
        server.Behavior.ServerStream = async (request, responses, _) =>
        {
            for (var i = 0; i < request.Count; i++)
            {
                await responses.WriteAsync(new EchoReply { Text = $"{i}" });
                Assert.True(await seen.WaitAsync(TimeSpan.FromSeconds(10)), "The caller did not see the message.");
            }
        };
        using var caller = Caller(server, http2);
        var body = RawCaller.Frame(s_request);
        using var response = await caller.SendAsync(
            HttpMethod.Post, RawCaller.ServerStream, new ByteArrayContent(type == WebCaller.Text ? WebCaller.ToText(body) : body), type);
        await using var stream = await response.Content.ReadAsStreamAsync();

        // A message of one letter is a frame of 8 bytes, which is 12 characters of base64.
        var buffer = new byte[type == WebCaller.Text ? 12 : 8];
        for (var i = 0; i < s_request.Count; i++)
        {
            await stream.ReadExactlyAsync(buffer).AsTask().WithinAsync();
            var frame = type == WebCaller.Text ? WebAnswer.Decode(buffer) : buffer;
            Assert.Equal($"{i}", EchoReply.Parser.ParseFrom(frame.AsSpan(5).ToArray()).Text);
            seen.Release();
        }

        using var rest = new MemoryStream();
        await stream.CopyToAsync(rest).WithinAsync();
        var last = type == WebCaller.Text ? WebAnswer.Decode(rest.ToArray()) : rest.ToArray();
        Assert.Equal(WebAnswer.TrailersFlag, last[0]);
    }

    [Theory]
    [InlineData(WebCaller.Binary)]
    [InlineData(WebCaller.Text)]
    public async Task DuplexOverHttp2_AnswersWhileTheCallerSends(string type)
    {
        await using var server = await StartAsync(http2: true);
        using var caller = Caller(server, http2: true);
        using var content = new PushContent();
        var started = caller.SendAsync(HttpMethod.Post, RawCaller.Duplex, content, type);

        await content.WriteAsync(WebCaller.Encode(new EchoRequest { Text = "1" }, type));
        using var response = await started;
        await using var stream = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[type == WebCaller.Text ? 12 : 8];
        await stream.ReadExactlyAsync(buffer).AsTask().WithinAsync();
        await content.WriteAsync(WebCaller.Encode(new EchoRequest { Text = "2" }, type));
        await stream.ReadExactlyAsync(buffer).AsTask().WithinAsync();
        content.Complete();

        var frame = type == WebCaller.Text ? WebAnswer.Decode(buffer) : buffer;
        Assert.Equal("2", EchoReply.Parser.ParseFrom(frame.AsSpan(5).ToArray()).Text);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task ClientStream_TakesAllMessages(string type, bool http2)
    {
        await using var server = await StartAsync(http2);
        using var caller = Caller(server, http2);
        byte[][] frames = [RawCaller.Frame(new EchoRequest { Text = "a" }), RawCaller.Frame(new EchoRequest { Text = "b" })];

        var body = type == WebCaller.Text ? frames.SelectMany(WebCaller.ToText) : frames.SelectMany(frame => frame);
        var answer = await caller.CallAsync(RawCaller.ClientStream, [.. body], type);

        Assert.Equal("a,b", Assert.Single(answer.Messages(EchoReply.Parser)).Text);
    }

    [Fact]
    public async Task TextRequestSentInTwoPieces_IsReadWhereverItIsCut()
    {
        await using var server = await StartAsync(http2: true);
        using var caller = Caller(server, http2: true);
        var frame = RawCaller.Frame(s_request);

        // Padded in the middle, as a client does that encodes prefix and message apart.
        byte[] body = [.. WebCaller.ToText(frame[..5]), .. WebCaller.ToText(frame[5..])];
        for (var cut = 1; cut < body.Length; cut++)
        {
            using var content = new PushContent();
            var started = caller.SendAsync(HttpMethod.Post, RawCaller.Unary, content, WebCaller.Text);
            await content.WriteAsync(body[..cut]);
            await content.WriteAsync(body[cut..]);
            content.Complete();
            using var response = await started;

            var answer = await WebAnswer.ReadAsync(response);
            Assert.Equal("grüezi", Assert.Single(answer.Messages(EchoReply.Parser)).Text);
        }
    }

    [Fact]
    public async Task TextRequestThatEndsTooSoon_IsInternal()
    {
        await using var server = await StartAsync(http2: false);
        using var caller = Caller(server, http2: false);
        var body = WebCaller.ToText(RawCaller.Frame(s_request));
        for (var length = 0; length < body.Length; length++)
        {
            var answer = await caller.CallAsync(RawCaller.Unary, body[..length], WebCaller.Text);

            Assert.Equal("13", answer.Trailers()["grpc-status"]);
        }
    }

    [Theory]
    [InlineData("AAAA!AAA", "is%20not base64")]
    [InlineData("AAAAAAE=A", "is%20not base64")]
    public async Task TextRequestThatIsNoBase64_IsInternal(string body, string expected)
    {
        await using var server = await StartAsync(http2: false);
        using var caller = Caller(server, http2: false);

        var answer = await caller.CallAsync(RawCaller.Unary, System.Text.Encoding.ASCII.GetBytes(body), WebCaller.Text);

        Assert.Equal("13", answer.Trailers()["grpc-status"]);
        Assert.Contains(expected.Replace("%20", " ", StringComparison.Ordinal), answer.Trailers()["grpc-message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(WebCaller.Binary)]
    [InlineData(WebCaller.Text)]
    public async Task MessageTooLarge_IsRefusedFromItsPrefix(string type)
    {
        await using var server = await StartAsync(http2: false);
        using var caller = Caller(server, http2: false);
        byte[] prefix = [0, 0xff, 0xff, 0xff, 0xff];

        var answer = await caller.CallAsync(RawCaller.Unary, type == WebCaller.Text ? WebCaller.ToText(prefix) : prefix, type);

        Assert.Equal("8", answer.Trailers()["grpc-status"]);
    }

    [Fact]
    public async Task AcceptHeader_AsksForTextOfABinaryRequest()
    {
        await using var server = await StartAsync(http2: false);
        using var caller = Caller(server, http2: false);

        var answer = await caller.CallAsync(RawCaller.Unary, s_request, WebCaller.Binary, ("accept", "*/*, application/grpc-web-text"));

        Assert.Equal(WebCaller.Text, answer.ContentType);
        Assert.Equal("grüezi", Assert.Single(answer.Messages(EchoReply.Parser)).Text);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task UnknownEncoding_IsRefusedAndListsTheKnownOnes(string type, bool http2)
    {
        await using var server = await StartAsync(http2);
        using var caller = Caller(server, http2);

        var answer = await caller.CallAsync(RawCaller.Unary, s_request, type, ("grpc-encoding", "snappy"));

        Assert.Equal("12", answer.Trailers()["grpc-status"]);
        Assert.Equal("identity,gzip,deflate", answer.Headers["grpc-accept-encoding"]);
    }

    [Theory]
    [InlineData("application/grpc-web", HttpStatusCode.OK)]
    [InlineData("APPLICATION/GRPC-WEB+PROTO; charset=utf-8", HttpStatusCode.OK)]
    [InlineData("application/grpc-web+json", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/grpc-webx", HttpStatusCode.UnsupportedMediaType)]
    public async Task ContentType_DecidesWhetherItIsGrpcWeb(string type, HttpStatusCode expected)
    {
        await using var server = await StartAsync(http2: false);
        using var caller = Caller(server, http2: false);

        Assert.Equal(expected, (await caller.CallAsync(RawCaller.Unary, s_request, type)).HttpStatus);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CallerThatGoesAway_FiresTheToken(bool http2)
    {
        await using var server = await StartAsync(http2);
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Behavior.ServerStream = async (_, _, context) =>
        {
            using var registration = context.CancellationToken.Register(cancelled.SetResult);
            entered.SetResult();
            await cancelled.Task;
        };
        using var caller = Caller(server, http2);
        using var cancellation = new CancellationTokenSource();

        var call = caller.SendAsync(
            HttpMethod.Post, RawCaller.ServerStream, new ByteArrayContent(RawCaller.Frame(s_request)), WebCaller.Binary, cancellation.Token);
        await entered.Task.WithinAsync();
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await cancelled.Task.WithinAsync();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task SlowReader_HoldsTheHandlerBack(string type, bool http2)
    {
        await using var server = await StartAsync(http2);
        const int Messages = 1600;
        var payload = Google.Protobuf.ByteString.CopyFrom(new byte[16 * 1024]);
        var written = 0;
        server.Behavior.ServerStream = async (_, responses, _) =>
        {
            for (var i = 0; i < Messages; i++)
            {
                await responses.WriteAsync(new EchoReply { Payload = payload });
                Interlocked.Increment(ref written);
            }
        };
        using var caller = Caller(server, http2);
        var body = RawCaller.Frame(s_request);

        using var response = await caller.SendAsync(
            HttpMethod.Post, RawCaller.ServerStream, new ByteArrayContent(type == WebCaller.Text ? WebCaller.ToText(body) : body), type);
        var before = -1;
        await Eventually.TrueAsync(() => written > 0 && before == (before = written));
        var heldAt = Volatile.Read(ref written);
        var answer = await WebAnswer.ReadAsync(response);

        // Sockets hold a few of the 26 MB, windows of HTTP/2 less.
        Assert.InRange(heldAt, 1, Messages - 1);
        Assert.Equal(Messages, answer.Frames().Count - 1);
        Assert.Equal("0", answer.Trailers()["grpc-status"]);
    }

    [Fact]
    public async Task Interceptors_RunInTheSameOrder()
    {
        List<string> order = [];
        await using var server = await GrpcTestServer.StartAsync(
            options =>
            {
                options.Interceptors.Add(new RecordingInterceptor("a", order));
                options.Interceptors.Add(new RecordingInterceptor("b", order));
            },
            protocols: HttpProtocols.Http1);
        using var caller = Caller(server, http2: false);

        await caller.CallAsync(RawCaller.Unary, s_request);

        Assert.Equal(["a:unary", "b:unary"], order);
    }

    [Theory]
    [InlineData(WebCaller.Binary)]
    [InlineData(WebCaller.Text)]
    public async Task UnknownMethod_IsUnimplemented(string type)
    {
        await using var server = await StartAsync(http2: false);
        using var caller = Caller(server, http2: false);

        var answer = await caller.CallAsync("/rollcall.test.Echo/Nothing", s_request, type);

        Assert.Equal(type, answer.ContentType);
        Assert.Equal("12", answer.Trailers()["grpc-status"]);
        Assert.Contains("no method 'Nothing'", answer.Trailers()["grpc-message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, null, HttpStatusCode.OK)]
    [InlineData(true, false, HttpStatusCode.UnsupportedMediaType)]
    [InlineData(false, null, HttpStatusCode.UnsupportedMediaType)]
    [InlineData(false, true, HttpStatusCode.OK)]
    public async Task EndpointSwitch_GoesBeforeTheOption(bool option, bool? endpoint, HttpStatusCode expected)
    {
        await using var server = await GrpcTestServer.StartAsync(
            options => options.EnableGrpcWeb = option,
            map: app =>
            {
                ((IApplicationBuilder)app).UseGrpcWeb(new GrpcWebOptions());
                var mapped = app.MapGrpcService<EchoService>();
                _ = endpoint switch { true => mapped.EnableGrpcWeb(), false => mapped.DisableGrpcWeb(), _ => mapped };
            },
            protocols: HttpProtocols.Http1);
        using var caller = Caller(server, http2: false);

        Assert.Equal(expected, (await caller.CallAsync(RawCaller.Unary, s_request)).HttpStatus);
    }

    [Fact]
    public async Task UseGrpcWebThatTurnsItOff_NamesTheOption()
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => GrpcTestServer.StartAsync(
            map: app => ((IApplicationBuilder)app).UseGrpcWeb(new GrpcWebOptions { DefaultEnabled = false })));

        Assert.Contains("EnableGrpcWeb = false", error.Message, StringComparison.Ordinal);
    }

    private static Task<GrpcTestServer> StartAsync(bool http2) =>
        GrpcTestServer.StartAsync(protocols: http2 ? HttpProtocols.Http2 : HttpProtocols.Http1);

    private static WebCaller Caller(GrpcTestServer server, bool http2) =>
        new(server.Address, http2 ? HttpVersion.Version20 : HttpVersion.Version11);
}
