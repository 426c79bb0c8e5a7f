using System.Buffers;
using System.IO.Compression;
using Google.Protobuf;
using Grpc.Core;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

public sealed class CompressionTests
{
    private static readonly EchoRequest s_request = new() { Text = new string('z', 1000) };

    [Fact]
    public async Task GzipRequest_IsRead()
    {
        await using var server = await GrpcTestServer.StartAsync();

        var response = await server.Caller.CallAsync(
            RawCaller.Unary, RawCaller.Frame(Gzip(s_request.ToByteArray()), flag: 1), ("grpc-encoding", "gzip"));

        Assert.Equal("0", response.GrpcStatus);
        Assert.Equal(s_request.Text, Assert.Single(response.Messages(EchoReply.Parser)).Text);
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

        var response = await server.Caller.CallAsync(RawCaller.Unary, RawCaller.Frame(Gzip(s_request.ToByteArray()), flag: 1), headers);

        Assert.Equal("13", response.GrpcStatus);
    }

    [Fact]
    public async Task UnknownEncoding_IsUnimplementedAndListsTheKnownOnes()
    {
        await using var server = await GrpcTestServer.StartAsync();

        var response = await server.Caller.CallAsync(RawCaller.Unary, RawCaller.Frame([1], flag: 1), ("grpc-encoding", "snappy"));

        Assert.Equal("12", response.GrpcStatus);
        Assert.Equal("identity,gzip", response.Headers["grpc-accept-encoding"]);
        Assert.Contains("snappy", response.GrpcMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CompressedMessageThatIsNone_IsInternal()
    {
        await using var server = await GrpcTestServer.StartAsync();

        var response = await server.Caller.CallAsync(RawCaller.Unary, RawCaller.Frame(new byte[100], flag: 1), ("grpc-encoding", "gzip"));

        Assert.Equal("13", response.GrpcStatus);
    }

    [Fact]
    public async Task SmallMessageThatGrowsBeyondTheLimit_IsResourceExhausted()
    {
        await using var server = await GrpcTestServer.StartAsync(options => options.MaxReceiveMessageSize = 100_000);
        var body = RawCaller.Frame(Gzip(new byte[100_001]), flag: 1);
        Assert.InRange(body.Length, 1, 1000);

        var response = await server.Caller.CallAsync(RawCaller.Unary, body, ("grpc-encoding", "gzip"));

        Assert.Equal("8", response.GrpcStatus);
    }

    [Theory]
    [InlineData("identity,gzip", true)]
    [InlineData("gzip", true)]
    [InlineData("deflate, gzip", true)]
    [InlineData("identity", false)]
    [InlineData(null, false)]
    public async Task Responses_AreCompressedForCallersThatAcceptIt(string? accepted, bool compressed)
    {
        await using var server = await GrpcTestServer.StartAsync(options => options.ResponseCompressionAlgorithm = "gzip");
        (string, string)[] headers = accepted is null ? [] : [("grpc-accept-encoding", accepted)];

        var response = await server.Caller.CallAsync(RawCaller.Unary, s_request, headers);

        Assert.Equal("0", response.GrpcStatus);
        Assert.Equal(compressed, response.Headers.ContainsKey("grpc-encoding"));
        Assert.Equal(compressed ? 1 : 0, response.Body[0]);
        if (compressed)
        {
            var result = GrpcCompression.TryDecompress(new ReadOnlySequence<byte>(response.Body, 5, response.Body.Length - 5), 10_000, out var message);
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

    private static byte[] Gzip(byte[] bytes)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Optimal))
        {
            gzip.Write(bytes);
        }

        return output.ToArray();
    }
}
