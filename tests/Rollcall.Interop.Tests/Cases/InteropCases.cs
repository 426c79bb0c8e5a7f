using Google.Protobuf;
using Grpc.Core;
using Grpc.Health.V1;
using Rollcall.Interop.Tests.Protocol;
using Rollcall.TestKit;
using V1 = Grpc.Reflection.V1;
using V1Alpha = Grpc.Reflection.V1Alpha;
using HealthClient = Grpc.Health.V1.Health.HealthClient;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Rollcall.Interop.Tests;

/// <summary>
/// gRPC's published interoperability cases, by the client that they are compiled with: this repository's, and in the peer grpc-dotnet's.
/// The cases may run at the same time.
/// </summary>
internal sealed class InteropCases : IDisposable
{
    internal const string SpecialMessage = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n";

    private const string InitialValue = "test_initial_metadata_value";

    private static readonly byte[] s_trailingValue = [0xab, 0xab, 0xab];
    private static readonly Metadata s_gzip = new() { { "grpc-internal-encoding-request", "gzip" } };

    private readonly string _address;
    private readonly PeerCompression _compression;
    private readonly Func<HttpMessageHandler>? _createHandler;
    private readonly GrpcChannel _channel;
    private readonly TestService.TestServiceClient _client;

    internal InteropCases(
        string target, PeerCompression compression, Func<HttpMessageHandler>? createHandler = null, ChannelCredentials? credentials = null)
    {
        _address = (credentials is null ? "http://" : "https://") + target;
        _compression = compression;
        _createHandler = createHandler;
        _channel = GrpcChannel.ForAddress(
            _address, new GrpcChannelOptions { Credentials = credentials, HttpHandler = createHandler?.Invoke(), DisposeHttpClient = true });
        _client = new TestService.TestServiceClient(_channel);
    }

    internal static IReadOnlyDictionary<string, Func<InteropCases, Task>> All { get; } = new Dictionary<string, Func<InteropCases, Task>>
    {
        ["empty_unary"] = c => c.EmptyUnaryAsync(),
        ["large_unary"] = c => c.LargeUnaryAsync(),
        ["client_compressed_unary"] = c => c.ClientCompressedUnaryAsync(),
        ["server_compressed_unary"] = c => c.ServerCompressedUnaryAsync(),
        ["client_streaming"] = c => c.ClientStreamingAsync(),
        ["client_compressed_streaming"] = c => c.ClientCompressedStreamingAsync(),
        ["server_streaming"] = c => c.ServerStreamingAsync(),
        ["server_compressed_streaming"] = c => c.ServerCompressedStreamingAsync(),
        ["ping_pong"] = c => c.PingPongAsync(),
        ["empty_stream"] = c => c.EmptyStreamAsync(),
        ["timeout_on_sleeping_server"] = c => c.TimeoutOnSleepingServerAsync(),
        ["cancel_after_begin"] = c => c.CancelAfterBeginAsync(),
        ["cancel_after_first_response"] = c => c.CancelAfterFirstResponseAsync(),
        ["status_code_and_message"] = c => c.StatusCodeAndMessageAsync(),
        ["special_status_message"] = c => c.SpecialStatusMessageAsync(),
        ["custom_metadata"] = c => c.CustomMetadataAsync(),
        ["unimplemented_method"] = c => c.UnimplementedMethodAsync(),
        ["unimplemented_service"] = c => c.UnimplementedServiceAsync(),
    };

    /// <summary>Calls of the services that gRPC defines for every server.</summary>
    internal static IReadOnlyDictionary<string, Func<InteropCases, Task>> StandardServices { get; } = new Dictionary<string, Func<InteropCases, Task>>
    {
        ["health"] = c => c.HealthAsync(),
        ["reflection"] = c => c.ReflectionAsync(),
    };

    /// <summary>How long a call that is to miss its deadline has.</summary>
    /// <value>Default 1 ms, as published.</value>
    internal TimeSpan ShortTime { get; init; } = TimeSpan.FromMilliseconds(1);

    internal Task WarmUpAsync() => EmptyUnaryAsync();

    private static DateTime Deadline => TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(20);

    public void Dispose() => _channel.Dispose();

    private async Task EmptyUnaryAsync() => Assert.Equal(new Empty(), await _client.EmptyCallAsync(new Empty(), deadline: Deadline));

    private async Task LargeUnaryAsync() =>
        Assert.Equal(314_159, (await _client.UnaryCallAsync(LargeRequest(), deadline: Deadline)).Payload.Body.Length);

    private async Task ClientCompressedUnaryAsync()
    {
        var request = LargeRequest();
        request.ExpectCompressed = new BoolValue { Value = true };
        if (_compression.HasFlag(PeerCompression.ChecksRequests))
        {
            await AssertStatusAsync(() => _client.UnaryCallAsync(request, deadline: Deadline).ResponseAsync, StatusCode.InvalidArgument);
        }

        Assert.Equal(314_159, (await _client.UnaryCallAsync(request, s_gzip, Deadline)).Payload.Body.Length);
        request.ExpectCompressed.Value = false;
        Assert.Equal(314_159, (await _client.UnaryCallAsync(request, deadline: Deadline)).Payload.Body.Length);
    }

    private async Task ServerCompressedUnaryAsync()
    {
        var flags = new FrameFlags();
        using var channel = WatchedChannel(flags);
        foreach (var compressed in new[] { true, false })
        {
            var request = LargeRequest();
            request.ResponseCompressed = new BoolValue { Value = compressed };
            var response = await new TestService.TestServiceClient(channel).UnaryCallAsync(request, deadline: Deadline);
            Assert.Equal(314_159, response.Payload.Body.Length);
        }

        AssertFlags(flags);
    }

    private async Task ClientCompressedStreamingAsync()
    {
        var first = new StreamingInputCallRequest { Payload = PayloadOf(27_182), ExpectCompressed = new BoolValue { Value = true } };
        if (_compression.HasFlag(PeerCompression.ChecksRequests))
        {
            using var probe = _client.StreamingInputCall(s_gzip, Deadline);
            probe.RequestStream.WriteOptions = new WriteOptions(WriteFlags.NoCompress);
            await probe.RequestStream.WriteAsync(first);
            await AssertStatusAsync(() => probe.ResponseAsync, StatusCode.InvalidArgument);
        }

        using var call = _client.StreamingInputCall(s_gzip, Deadline);
        await call.RequestStream.WriteAsync(first);
        call.RequestStream.WriteOptions = new WriteOptions(WriteFlags.NoCompress);
        await call.RequestStream.WriteAsync(
            new StreamingInputCallRequest { Payload = PayloadOf(45_904), ExpectCompressed = new BoolValue { Value = false } });
        await call.RequestStream.CompleteAsync();
        Assert.Equal(73_086, (await call).AggregatedPayloadSize);
    }

    private async Task ServerCompressedStreamingAsync()
    {
        var flags = new FrameFlags();
        using var channel = WatchedChannel(flags);
        var request = new StreamingOutputCallRequest
        {
            ResponseParameters =
            {
                new ResponseParameters { Size = 31_415, Compressed = new BoolValue { Value = true } },
                new ResponseParameters { Size = 92_653, Compressed = new BoolValue { Value = false } },
            },
        };

        using var call = new TestService.TestServiceClient(channel).StreamingOutputCall(request, deadline: Deadline);

        Assert.Equal([31_415, 92_653], await SizesAsync(call.ResponseStream));
        AssertFlags(flags);
    }

    private async Task ClientStreamingAsync()
    {
        using var call = _client.StreamingInputCall(deadline: Deadline);
        foreach (var size in new[] { 27_182, 8, 1_828, 45_904 })
        {
            await call.RequestStream.WriteAsync(new StreamingInputCallRequest { Payload = PayloadOf(size) });
        }

        await call.RequestStream.CompleteAsync();
        Assert.Equal(74_922, (await call).AggregatedPayloadSize);
    }

    private async Task ServerStreamingAsync()
    {
        int[] sizes = [31_415, 9, 2_653, 58_979];
        var request = new StreamingOutputCallRequest();
        request.ResponseParameters.AddRange(sizes.Select(size => new ResponseParameters { Size = size }));

        using var call = _client.StreamingOutputCall(request, deadline: Deadline);

        Assert.Equal(sizes, await SizesAsync(call.ResponseStream));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    private async Task PingPongAsync()
    {
        using var call = _client.FullDuplexCall(deadline: Deadline);
        foreach (var (size, payload) in new[] { (31_415, 27_182), (9, 8), (2_653, 1_828), (58_979, 45_904) })
        {
            await call.RequestStream.WriteAsync(OutputRequest(size, payload));
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            Assert.Equal(size, call.ResponseStream.Current.Payload.Body.Length);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
    }

    private async Task EmptyStreamAsync()
    {
        using var call = _client.FullDuplexCall(deadline: Deadline);
        await call.RequestStream.CompleteAsync();
        Assert.Empty(await SizesAsync(call.ResponseStream));
    }

    private async Task TimeoutOnSleepingServerAsync()
    {
        using var call = _client.FullDuplexCall(deadline: TimeProvider.System.GetUtcNow().UtcDateTime + ShortTime);
        await WriteIgnoringTheEndAsync(call, OutputRequest(31_415, 27_182, TimeSpan.FromSeconds(2)));
        await AssertStatusAsync(() => SizesAsync(call.ResponseStream), StatusCode.DeadlineExceeded);
    }

    private async Task CancelAfterBeginAsync()
    {
        using var stop = new CancellationTokenSource();
        using var call = _client.StreamingInputCall(deadline: Deadline, cancellationToken: stop.Token);
        await stop.CancelAsync();
        await AssertStatusAsync(() => call.ResponseAsync, StatusCode.Cancelled);
        Assert.Equal(StatusCode.Cancelled, call.GetStatus().StatusCode);
    }

    private async Task CancelAfterFirstResponseAsync()
    {
        using var stop = new CancellationTokenSource();
        using var call = _client.FullDuplexCall(deadline: Deadline, cancellationToken: stop.Token);
        await call.RequestStream.WriteAsync(OutputRequest(31_415, 27_182));
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));

        await stop.CancelAsync();

        await AssertStatusAsync(() => call.ResponseStream.MoveNext(CancellationToken.None), StatusCode.Cancelled);
    }

    private async Task StatusCodeAndMessageAsync()
    {
        var status = new EchoStatus { Code = 2, Message = "test status message" };
        await AssertStatusAsync(
            () => _client.UnaryCallAsync(new SimpleRequest { ResponseStatus = status }, deadline: Deadline).ResponseAsync,
            StatusCode.Unknown, status.Message);

        using var call = _client.FullDuplexCall(deadline: Deadline);
        await WriteIgnoringTheEndAsync(call, new StreamingOutputCallRequest { ResponseStatus = status });
        await AssertStatusAsync(() => SizesAsync(call.ResponseStream), StatusCode.Unknown, status.Message);
    }

    private Task SpecialStatusMessageAsync()
    {
        var request = new SimpleRequest { ResponseStatus = new EchoStatus { Code = 2, Message = SpecialMessage } };
        return AssertStatusAsync(
            () => _client.UnaryCallAsync(request, deadline: Deadline).ResponseAsync, StatusCode.Unknown, SpecialMessage);
    }

    private async Task CustomMetadataAsync()
    {
        var metadata = new Metadata
        {
            { InteropService.InitialKey, InitialValue },
            { InteropService.TrailingKey, s_trailingValue },
        };

        using var unary = _client.UnaryCallAsync(LargeRequest(), metadata, Deadline);
        Assert.Equal(InitialValue, (await unary.ResponseHeadersAsync).GetValue(InteropService.InitialKey));
        Assert.Equal(314_159, (await unary).Payload.Body.Length);
        Assert.Equal(s_trailingValue, unary.GetTrailers().GetValueBytes(InteropService.TrailingKey));

        using var duplex = _client.FullDuplexCall(metadata, Deadline);
        await duplex.RequestStream.WriteAsync(OutputRequest(314_159, 271_828));
        await duplex.RequestStream.CompleteAsync();
        Assert.Equal(InitialValue, (await duplex.ResponseHeadersAsync).GetValue(InteropService.InitialKey));
        Assert.Equal([314_159], await SizesAsync(duplex.ResponseStream));
        Assert.Equal(s_trailingValue, duplex.GetTrailers().GetValueBytes(InteropService.TrailingKey));
    }

    private Task UnimplementedMethodAsync() =>
        AssertStatusAsync(() => _client.UnimplementedCallAsync(new Empty(), deadline: Deadline).ResponseAsync, StatusCode.Unimplemented);

    private Task UnimplementedServiceAsync()
    {
        var client = new UnimplementedService.UnimplementedServiceClient(_channel);
        return AssertStatusAsync(() => client.UnimplementedCallAsync(new Empty(), deadline: Deadline).ResponseAsync, StatusCode.Unimplemented);
    }

    private async Task HealthAsync()
    {
        var client = new HealthClient(_channel);
        Assert.Equal(ServingStatus.Serving, (await client.CheckAsync(new HealthCheckRequest(), deadline: Deadline)).Status);
        await AssertStatusAsync(
            () => client.CheckAsync(new HealthCheckRequest { Service = "none" }, deadline: Deadline).ResponseAsync, StatusCode.NotFound);

        using var watch = client.Watch(new HealthCheckRequest(), deadline: Deadline);
        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(ServingStatus.Serving, watch.ResponseStream.Current.Status);
    }

    private async Task ReflectionAsync()
    {
        using var call = new V1.ServerReflection.ServerReflectionClient(_channel).ServerReflectionInfo(deadline: Deadline);
        await call.RequestStream.WriteAsync(new V1.ServerReflectionRequest { ListServices = "*" });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Contains(call.ResponseStream.Current.ListServicesResponse.Service, service => service.Name == "grpc.testing.TestService");
        await call.RequestStream.CompleteAsync();

        using var old = new V1Alpha.ServerReflection.ServerReflectionClient(_channel).ServerReflectionInfo(deadline: Deadline);
        await old.RequestStream.WriteAsync(new V1Alpha.ServerReflectionRequest { FileContainingSymbol = "grpc.testing.TestService" });
        await old.RequestStream.CompleteAsync();
        Assert.True(await old.ResponseStream.MoveNext(CancellationToken.None));
        var file = Google.Protobuf.Reflection.FileDescriptorProto.Parser.ParseFrom(
            old.ResponseStream.Current.FileDescriptorResponse.FileDescriptorProto.Single());
        Assert.Equal("TestService", file.Service[0].Name);
        Assert.False(await old.ResponseStream.MoveNext(CancellationToken.None));
    }

    private GrpcChannel WatchedChannel(FrameFlags flags) => GrpcChannel.ForAddress(
        _address,
        new GrpcChannelOptions
        {
            HttpHandler = new FrameFlagHandler(flags, _createHandler?.Invoke() ?? new SocketsHttpHandler { UseProxy = false }),
            DisposeHttpClient = true,
        });

    // Of two messages the first was to be compressed and the second was not. A peer that does as it likes is to send what it is known to send:
    // messages that this client can read only because it decompresses them.
    private void AssertFlags(FrameFlags flags)
    {
        bool[] expected = _compression.HasFlag(PeerCompression.CompressesAsAsked) ? [true, false]
            : _compression.HasFlag(PeerCompression.CompressesEverything) ? [true, true]
            : [false, false];
        Assert.Equal(expected, flags.All);
    }

    // A call that is over may refuse the write: the status is what the case looks at.
    private static async Task WriteIgnoringTheEndAsync(
        AsyncDuplexStreamingCall<StreamingOutputCallRequest, StreamingOutputCallResponse> call, StreamingOutputCallRequest request)
    {
        try
        {
            await call.RequestStream.WriteAsync(request);
            await call.RequestStream.CompleteAsync();
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException)
        {
        }
    }

    private static async Task AssertStatusAsync(Func<Task> call, StatusCode code, string? detail = null)
    {
        var e = await Assert.ThrowsAsync<RpcException>(() => call().WithinAsync(TimeSpan.FromSeconds(30)));
        Assert.True(code == e.StatusCode, $"Expected {code}, got {e.Status}\n{e}");
        if (detail is not null)
        {
            Assert.Equal(detail, e.Status.Detail);
        }
    }

    private static async Task<List<int>> SizesAsync(IAsyncStreamReader<StreamingOutputCallResponse> responses)
    {
        List<int> sizes = [];
        while (await responses.MoveNext(CancellationToken.None))
        {
            sizes.Add(responses.Current.Payload.Body.Length);
        }

        return sizes;
    }

    private static SimpleRequest LargeRequest() => new() { ResponseSize = 314_159, Payload = PayloadOf(271_828) };

    private static StreamingOutputCallRequest OutputRequest(int size, int payload, TimeSpan interval = default) => new()
    {
        ResponseParameters = { new ResponseParameters { Size = size, IntervalUs = (int)interval.TotalMicroseconds } },
        Payload = PayloadOf(payload),
    };

    private static Payload PayloadOf(int size) => new() { Body = UnsafeByteOperations.UnsafeWrap(new byte[size]) };
}
