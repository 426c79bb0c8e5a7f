using System.Buffers;
using System.IO.Compression;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Compression;
using Microsoft.Extensions.Options;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Tests;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

public sealed class CompressionTests
{
    private static readonly EchoRequest s_request = new() { Text = new string('z', 1000) };

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task CompressedRequest_IsRead(string encoding)
    {
        await using var server = await GrpcTestServer.StartAsync(options => options.CompressionProviders.Add(new BrotliProvider()));

        var response = await server.Caller.CallAsync(
            RawCaller.Unary, RawCaller.Frame(Compress(encoding, s_request.ToByteArray()), flag: 1), ("grpc-encoding", encoding));

        Assert.Equal("0", response.GrpcStatus);
        Assert.Equal(s_request.Text, Assert.Single(response.Messages(EchoReply.Parser)).Text);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task CompressedMessageOfNothing_IsTheEmptyMessage(string encoding)
    {
        await using var server = await GrpcTestServer.StartAsync();

        var response = await server.Caller.CallAsync(RawCaller.Unary, RawCaller.Frame([], flag: 1), ("grpc-encoding", encoding));

        Assert.Equal("0", response.GrpcStatus);
        Assert.Equal(new EchoReply(), Assert.Single(response.Messages(EchoReply.Parser)));
    }

    [Fact]
    public async Task UncompressedMessageInACompressedCall_IsRead()
    {
        await using var server = await GrpcTestServer.StartAsync();

        var response = await server.Caller.CallAsync(RawCaller.Unary, s_request, ("grpc-encoding", "gzip"));

        Assert.Equal("0", response.GrpcStatus);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("identity")]
    public async Task FlagWithoutEncoding_IsInternal(string? encoding)
    {
        await using var server = await GrpcTestServer.StartAsync();
        (string, string)[] headers = encoding is null ? [] : [("grpc-encoding", encoding)];

        // Not compressed at all: a server that passes over the flag could read it.
        var response = await server.Caller.CallAsync(RawCaller.Unary, RawCaller.Frame(s_request.ToByteArray(), flag: 1), headers);

        Assert.Equal("13", response.GrpcStatus);
        Assert.Contains("grpc-encoding", response.GrpcMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownEncoding_IsUnimplementedAndListsTheKnownOnes()
    {
        await using var server = await GrpcTestServer.StartAsync();

        var response = await server.Caller.CallAsync(RawCaller.Unary, RawCaller.Frame([1], flag: 1), ("grpc-encoding", "snappy"));

        Assert.Equal("12", response.GrpcStatus);
        Assert.Equal("identity,gzip,deflate", response.Headers["grpc-accept-encoding"]);
        Assert.Contains("snappy", response.GrpcMessage, StringComparison.Ordinal);
    }

    // Not only when a compressed message comes: a handler may wait long for one, or need none.
    [Theory]
    [InlineData(RawCaller.Unary)]
    [InlineData(RawCaller.ClientStream)]
    [InlineData(RawCaller.ServerStream)]
    [InlineData(RawCaller.Duplex)]
    public async Task UnknownEncoding_IsRefusedBeforeTheHandlerHearsOfTheCall(string path)
    {
        await using var server = await GrpcTestServer.StartAsync();
        var entered = 0;
        server.Behavior.Unary = (_, _) => Task.FromException<EchoReply>(Entered());
        server.Behavior.ClientStream = (_, _) => Task.FromException<EchoReply>(Entered());
        server.Behavior.ServerStream = (_, _, _) => Task.FromException(Entered());
        server.Behavior.Duplex = (_, _, _) => Task.FromException(Entered());

        var response = await server.Caller.CallAsync(path, s_request, ("grpc-encoding", "snappy"));

        Assert.Equal("12", response.GrpcStatus);
        Assert.Equal("identity,gzip,deflate", response.Headers["grpc-accept-encoding"]);
        Assert.Contains("snappy", response.GrpcMessage, StringComparison.Ordinal);
        Assert.Equal(0, Volatile.Read(ref entered));

        RpcException Entered()
        {
            Interlocked.Increment(ref entered);
            return new RpcException(new Status(StatusCode.Aborted, "entered"));
        }
    }

    [Fact]
    public async Task ProviderThatWasTakenAway_IsNotAccepted()
    {
        await using var server = await GrpcTestServer.StartAsync(options => options.CompressionProviders.RemoveAt(1));

        var response = await server.Caller.CallAsync(
            RawCaller.Unary, RawCaller.Frame(Compress("deflate", s_request.ToByteArray()), flag: 1), ("grpc-encoding", "deflate"));

        Assert.Equal("12", response.GrpcStatus);
        Assert.Equal("identity,gzip", response.Headers["grpc-accept-encoding"]);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task CompressedMessageThatIsNone_IsInternal(string encoding)
    {
        await using var server = await GrpcTestServer.StartAsync(options => options.CompressionProviders.Add(new BrotliProvider()));
        var body = RawCaller.Frame([.. Enumerable.Repeat((byte)0xee, 100)], flag: 1);

        var response = await server.Caller.CallAsync(RawCaller.Unary, body, ("grpc-encoding", encoding));

        Assert.Equal("13", response.GrpcStatus);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task SmallMessageThatGrowsBeyondTheLimit_IsResourceExhausted(string encoding)
    {
        await using var server = await GrpcTestServer.StartAsync(options =>
        {
            options.MaxReceiveMessageSize = 100_000;
            options.CompressionProviders.Add(new BrotliProvider());
        });
        var body = RawCaller.Frame(Compress(encoding, new byte[100_001]), flag: 1);
        Assert.InRange(body.Length, 1, 1000);

        var response = await server.Caller.CallAsync(RawCaller.Unary, body, ("grpc-encoding", encoding));

        Assert.Equal("8", response.GrpcStatus);
    }

    [Theory]
    [InlineData("gzip", "identity,gzip", true)]
    [InlineData("gzip", "gzip", true)]
    [InlineData("gzip", "deflate, gzip", true)]
    [InlineData("gzip", "identity", false)]
    [InlineData("gzip", null, false)]
    [InlineData("deflate", "identity,gzip,deflate", true)]
    [InlineData("deflate", "identity,gzip", false)]
    [InlineData("br", "br", true)]
    public async Task Responses_AreCompressedForCallersThatAcceptIt(string algorithm, string? accepted, bool compressed)
    {
        await using var server = await GrpcTestServer.StartAsync(options =>
        {
            options.ResponseCompressionAlgorithm = algorithm;
            options.ResponseCompressionLevel = CompressionLevel.SmallestSize;
            options.CompressionProviders.Add(new BrotliProvider());
        });
        (string, string)[] headers = accepted is null ? [] : [("grpc-accept-encoding", accepted)];

        var response = await server.Caller.CallAsync(RawCaller.Unary, s_request, headers);

        Assert.Equal("0", response.GrpcStatus);
        Assert.Equal(compressed ? algorithm : null, response.Headers.GetValueOrDefault("grpc-encoding"));
        Assert.Equal(compressed ? 1 : 0, response.Body[0]);
        if (compressed)
        {
            var result = GrpcCompression.TryDecompress(
                Provider(algorithm), new ReadOnlySequence<byte>(response.Body, 5, response.Body.Length - 5), 10_000, out var message);
            Assert.Equal(GrpcDecompressionResult.Decompressed, result);
            using (message)
            {
                Assert.Equal(s_request.Text, EchoReply.Parser.ParseFrom(message.Payload.Span).Text);
            }
        }
    }

    [Fact]
    public async Task MessageWrittenWithNoCompress_IsSentAsItIs()
    {
        await using var server = await GrpcTestServer.StartAsync(options => options.ResponseCompressionAlgorithm = "gzip");
        server.Behavior.Unary = (request, context) =>
        {
            context.WriteOptions = new WriteOptions(WriteFlags.NoCompress);
            return Task.FromResult(EchoBehavior.Reply(request));
        };

        var response = await server.Caller.CallAsync(RawCaller.Unary, s_request, ("grpc-accept-encoding", "gzip"));

        Assert.Equal(s_request.Text, Assert.Single(response.Messages(EchoReply.Parser)).Text);
    }

    [Theory]
    [InlineData(null, "gzip", "gzip,deflate", "gzip")]
    [InlineData("gzip", "deflate", "gzip,deflate", "deflate")]
    [InlineData("gzip", "identity", "gzip", null)]
    [InlineData("gzip", "deflate", "gzip", null)]
    [InlineData(null, "deflate", null, null)]
    [InlineData("gzip", "zstd", "gzip,zstd", null)]
    public async Task ResponseHeaders_ChooseTheCompressionOfTheirCall(string? algorithm, string asked, string? accepted, string? expected)
    {
        await using var server = await GrpcTestServer.StartAsync(options => options.ResponseCompressionAlgorithm = algorithm);
        server.Behavior.ServerStream = async (request, responses, context) =>
        {
            await context.WriteResponseHeadersAsync(new Metadata { { "grpc-internal-encoding-request", asked }, { "other", "sent" } });
            await responses.WriteAsync(EchoBehavior.Reply(request));
        };
        (string, string)[] headers = accepted is null ? [] : [("grpc-accept-encoding", accepted)];

        var response = await server.Caller.CallAsync(RawCaller.ServerStream, s_request, headers);

        Assert.Equal("0", response.GrpcStatus);
        Assert.Equal("sent", response.Headers["other"]);
        Assert.DoesNotContain("grpc-internal-encoding-request", response.Headers.Keys);
        Assert.Equal(expected, response.Headers.GetValueOrDefault("grpc-encoding"));
        Assert.Equal(expected is null ? 0 : 1, response.Body[0]);
        if (expected is not null)
        {
            var payload = new ReadOnlySequence<byte>(response.Body, 5, response.Body.Length - 5);
            Assert.Equal(GrpcDecompressionResult.Decompressed, GrpcCompression.TryDecompress(Provider(expected), payload, 10_000, out var message));
            using (message)
            {
                Assert.Equal(s_request.Text, EchoReply.Parser.ParseFrom(message.Payload.Span).Text);
            }
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task OwnClient_CompressesBothWays(string encoding)
    {
        await using var server = await GrpcTestServer.StartAsync(options =>
        {
            options.CompressionProviders.Add(new BrotliProvider());
            options.ResponseCompressionAlgorithm = encoding;
        });
        using var channel = GrpcChannel.ForAddress(server.Address, new GrpcChannelOptions
        {
            CompressionProviders = [new BrotliProvider(), new DeflateCompressionProvider(CompressionLevel.Optimal), new GzipCompressionProvider(CompressionLevel.Optimal)],
            RequestCompressionAlgorithm = encoding,
        });

        var reply = await new Echo.EchoClient(channel).UnaryAsync(s_request).ResponseAsync.WithinAsync();

        Assert.Equal(s_request.Text, reply.Text);
    }

    [Theory]
    [InlineData("br", false, "ResponseCompressionAlgorithm")]
    [InlineData(null, true, "CompressionProviders")]
    public async Task SettingsThatContradict_AreRefusedAtStart(string? algorithm, bool twice, string expected)
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => GrpcTestServer.StartAsync(options =>
        {
            options.ResponseCompressionAlgorithm = algorithm;
            if (twice)
            {
                options.CompressionProviders.Add(new GzipCompressionProvider(CompressionLevel.Optimal));
            }
        }));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private static ICompressionProvider Provider(string name) =>
        name == "br" ? new BrotliProvider() : GrpcEncodings.Default.TryFind(name, out var provider) ? provider : throw new ArgumentException(name);

    private static byte[] Compress(string encoding, byte[] bytes)
    {
        using var output = new MemoryStream();
        using (var compressor = Provider(encoding).CreateCompressionStream(output, null))
        {
            compressor.Write(bytes);
        }

        return output.ToArray();
    }
}
