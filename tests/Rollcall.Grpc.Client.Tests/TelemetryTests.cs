using System.Collections.Concurrent;
using System.Diagnostics;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Rollcall.Grpc.Client.Internal;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

[Collection("telemetry")]
public sealed class TelemetryTests : IDisposable
{
    private const string Source = "Rollcall.Grpc.Client";

    private readonly TelemetryCollector _collector = new(Source);

    public void Dispose() => _collector.Dispose();

    [Fact]
    public async Task Call_IsASpanBelowTheCallersWithTheInstanceOnIt()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = GrpcChannel.ForAddress(peer.Address);
        using var caller = new Activity("caller").Start();

        using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x");
        Assert.Same(caller, Activity.Current);
        await call.ResponseAsync.WithinAsync();
        Assert.Same(caller, Activity.Current);

        var span = Assert.Single(await _collector.WaitForSpansAsync(Source, 1));
        Assert.Equal("test.Text/Unary", span.DisplayName);
        Assert.Equal(ActivityKind.Client, span.Kind);
        Assert.Equal(caller.SpanId, span.ParentSpanId);
        Assert.Equal(ActivityStatusCode.Unset, span.Status);
        Assert.Empty(span.Events);
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["rpc.system.name"] = "grpc",
                ["rpc.method"] = "test.Text/Unary",
                ["rpc.response.status_code"] = "OK",
                ["server.address"] = "127.0.0.1",
                ["server.port"] = peer.Port,
                ["network.peer.address"] = "127.0.0.1",
                ["network.peer.port"] = peer.Port,
                ["rollcall.attempts"] = 1,
                ["rollcall.endpoint.id"] = call.GetEndpoint()!.Id,
                ["rollcall.endpoint.address"] = $"127.0.0.1:{peer.Port}",
            },
            span.TagObjects.ToDictionary());
    }

    [Fact]
    public async Task FailedAttempts_AreEventsOfTheSpan()
    {
        await using var busy = await TextPeer.StartAsync(context => TextPeer.Refuse(context, 14, "busy"));
        await using var good = await TextPeer.StartAsync(TextPeer.Echo());
        var nobody = Channels.Nobody();
        await using var channel = Channels.Over("pick_first", o => o.ServiceConfig = Policies.Retry(), nobody, busy.Endpoint, good.Endpoint);

        await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync();

        var span = Assert.Single(await _collector.WaitForSpansAsync(Source, 1));
        Assert.Equal(ActivityStatusCode.Unset, span.Status);
        Assert.Equal("peers", span.GetTagItem("server.address"));
        Assert.Null(span.GetTagItem("server.port"));
        Assert.Equal(3, span.GetTagItem("rollcall.attempts"));
        Assert.Equal(good.Endpoint.Authority, span.GetTagItem("rollcall.endpoint.address"));
        Assert.Equal(
            [$"1 moved UNAVAILABLE 0 {nobody.Authority}", $"2 retried UNAVAILABLE 1 {busy.Endpoint.Authority}"],
            span.Events.Select(e => string.Join(' ', e.Tags.Select(t => t.Value))));
        Assert.All(span.Events, e => Assert.Equal("rollcall.attempt", e.Name));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task HedgedCall_TellsHowManyCopiesItHadAndTheInstanceThatDecided(int status)
    {
        var both = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var first = await TextPeer.StartAsync(async context =>
        {
            await both.Task.WithinAsync();
            await (status == 0 ? TextPeer.Echo()(context) : TextPeer.Refuse(context, status));
        });
        await using var second = await TextPeer.StartAsync(context =>
        {
            both.TrySetResult();
            return TextPeer.Hang(context);
        });
        var log = new AttemptLog();
        await using var channel = Channels.Over(
            "pick_first",
            o =>
            {
                o.ServiceConfig = Policies.Hedge(2, TimeSpan.Zero);
                o.OnAttempt = log.Add;
            },
            first.Endpoint,
            second.Endpoint);

        await Record.ExceptionAsync(() => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());

        var span = Assert.Single(await _collector.WaitForSpansAsync(Source, 1));
        Assert.Equal(RpcConventions.NameOf((StatusCode)status), span.GetTagItem("rpc.response.status_code"));
        Assert.Equal(2, span.GetTagItem("rollcall.attempts"));
        Assert.Equal(first.Endpoint.Authority, span.GetTagItem("rollcall.endpoint.address"));
        Assert.Equal([(1, AttemptFate.Final), (2, AttemptFate.Hedged)], log.All.Select(a => (a.Number, a.Fate)).Order());
    }

    [Fact]
    public async Task FailedCall_IsAnErrorWithItsStatus()
    {
        var detail = new string('d', 1000);
        await using var peer = await TextPeer.StartAsync(context => TextPeer.Refuse(context, 5, detail));
        using var channel = GrpcChannel.ForAddress(peer.Address);

        await Assert.ThrowsAsync<RpcException>(
            () => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());

        var span = Assert.Single(await _collector.WaitForSpansAsync(Source, 1));
        Assert.Equal("NOT_FOUND", span.GetTagItem("rpc.response.status_code"));
        Assert.Equal("NOT_FOUND", span.GetTagItem("error.type"));
        Assert.Equal(ActivityStatusCode.Error, span.Status);
        Assert.Equal(detail[..512] + "…", span.StatusDescription);
    }

    [Theory]
    [InlineData(1, 100, 0)]
    [InlineData(100, 1, 1)]
    public async Task MessageAboveALimit_IsAFailedCallInSpansMetricsAndLog(int maxSend, int maxReceive, int attempts)
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var logs = new LogCollector();
        using var channel = GrpcChannel.ForAddress(
            peer.Address,
            new GrpcChannelOptions
            {
                MaxSendMessageSize = maxSend,
                MaxReceiveMessageSize = maxReceive,
                MeterFactory = _collector,
                LoggerFactory = logs,
            });
        var invoker = channel.CreateCallInvoker();

        using var unary = invoker.AsyncUnaryCall(TextMethods.Unary, null, default, "xy");
        await Assert.ThrowsAsync<RpcException>(() => unary.ResponseAsync.WithinAsync());
        using var stream = invoker.AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "xy");
        await Assert.ThrowsAsync<RpcException>(() => stream.ResponseStream.MoveNext(default).WithinAsync());
        Assert.Throws<RpcException>(() => invoker.BlockingUnaryCall(TextMethods.Unary, null, default, "xy"));

        string[] methods = ["test.Text/Unary", "test.Text/ServerStream", "test.Text/Unary"];
        var spans = await _collector.WaitForSpansAsync(Source, 3);
        Assert.Equal(methods, spans.Select(span => span.DisplayName));
        Assert.All(spans, span =>
        {
            Assert.Equal("RESOURCE_EXHAUSTED", span.GetTagItem("rpc.response.status_code"));
            Assert.Equal("RESOURCE_EXHAUSTED", span.GetTagItem("error.type"));
            Assert.Equal(attempts, span.GetTagItem("rollcall.attempts"));
            Assert.Equal(ActivityStatusCode.Error, span.Status);
        });
        var durations = _collector.Measurements.Where(m => m.Instrument.Name == "rpc.client.call.duration").ToArray();
        Assert.Equal(methods, durations.Select(m => m.Tags["rpc.method"]));
        Assert.All(durations, m => Assert.Equal("RESOURCE_EXHAUSTED", m.Tags["error.type"]));
        Assert.Equal(0, _collector.Sum("rollcall.grpc.client.active_calls"));
        Assert.Equal(3, logs.Entries.Count(e => e.Message.Contains($"ended with ResourceExhausted after {attempts} attempts", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Stream_SaysHowManyMessagesItHad()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { MeterFactory = _collector });

        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);
        Assert.Equal(1, _collector.Sum("rollcall.grpc.client.active_calls"));
        for (var i = 0; i < 3; i++)
        {
            await call.RequestStream.WriteAsync("x").WithinAsync();
            Assert.True(await call.ResponseStream.MoveNext(default).WithinAsync());
        }

        await call.RequestStream.CompleteAsync().WithinAsync();
        Assert.False(await call.ResponseStream.MoveNext(default).WithinAsync());

        var span = Assert.Single(await _collector.WaitForSpansAsync(Source, 1));
        Assert.Equal(3L, span.GetTagItem("rollcall.messages.sent"));
        Assert.Equal(3L, span.GetTagItem("rollcall.messages.received"));
        Assert.Equal(3, _collector.Sum("rollcall.grpc.client.messages.sent"));
        Assert.Equal(3, _collector.Sum("rollcall.grpc.client.messages.received"));
        Assert.Equal(0, _collector.Sum("rollcall.grpc.client.active_calls"));
    }

    [Fact]
    public async Task Duration_IsMeasuredInSecondsWithStatusAndTarget()
    {
        var time = new FakeTimeProvider();
        await using var peer = await TextPeer.StartAsync(context =>
        {
            time.Advance(TimeSpan.FromMilliseconds(250));
            return TextPeer.Refuse(context, 8);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { MeterFactory = _collector, TimeProvider = time });

        await Assert.ThrowsAsync<RpcException>(
            () => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());

        await Eventually.TrueAsync(() => _collector.Measurements.Any(m => m.Instrument.Name == "rpc.client.call.duration"));
        var duration = Assert.Single(_collector.Measurements, m => m.Instrument.Name == "rpc.client.call.duration");
        Assert.Equal(0.25, duration.Value, 1e-9);
        Assert.Equal("s", duration.Instrument.Unit);
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["rpc.system.name"] = "grpc",
                ["rpc.method"] = "test.Text/Unary",
                ["server.address"] = "127.0.0.1",
                ["server.port"] = peer.Port,
                ["rpc.response.status_code"] = "RESOURCE_EXHAUSTED",
                ["error.type"] = "RESOURCE_EXHAUSTED",
            },
            duration.Tags);
        var attempt = Assert.Single(_collector.Measurements, m => m.Instrument.Name == "rollcall.grpc.client.attempts");
        Assert.Equal("final", attempt.Tags["rollcall.attempt.fate"]);
    }

    [Fact]
    public async Task TraceContext_IsSentOnceByEveryKindOfHandler()
    {
        var headers = new ConcurrentQueue<IHeaderDictionary>();
        await using var peer = await TextPeer.StartAsync(context =>
        {
            headers.Enqueue(context.Request.Headers);
            return TextPeer.Echo()(context);
        });
        using var caller = new Activity("caller") { TraceStateString = "vendor=1" }.Start();
        HttpMessageHandler?[] handlers =
        [
            null,
            new SocketsHttpHandler(),
            new SocketsHttpHandler { ActivityHeadersPropagator = null },
            new HttpClientHandler(),
            new OpaqueHandler(new SocketsHttpHandler()),
            new OpaqueHandler(new SocketsHttpHandler { ActivityHeadersPropagator = null }),
        ];

        for (var i = 0; i < handlers.Length; i++)
        {
            using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { HttpHandler = handlers[i], DisposeHttpClient = true });
            await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync();
            var span = (await _collector.WaitForSpansAsync(Source, i + 1))[i];
            Assert.Equal(caller.SpanId, span.ParentSpanId);
            Assert.True(headers.TryDequeue(out var sent));
            Assert.Equal(span.Id, Assert.Single(sent.TraceParent));
            Assert.Equal("vendor=1", Assert.Single(sent.TraceState));
        }
    }

    [Fact]
    public async Task TraceContextOfTheCaller_IsSentWhenNobodyListens()
    {
        _collector.Dispose();
        string? traceParent = null;
        await using var peer = await TextPeer.StartAsync(context =>
        {
            traceParent = context.Request.Headers.TraceParent;
            return TextPeer.Echo()(context);
        });
        using var caller = new Activity("caller").Start();
        using var channel = GrpcChannel.ForAddress(
            peer.Address, new GrpcChannelOptions { HttpHandler = new OpaqueHandler(new SocketsHttpHandler { ActivityHeadersPropagator = null }) });

        await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync();

        Assert.Equal(caller.Id, traceParent);
    }

    [Fact]
    public async Task TraceContextInTheMetadata_Stands()
    {
        const string Own = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        string? traceParent = null;
        await using var peer = await TextPeer.StartAsync(context =>
        {
            traceParent = context.Request.Headers.TraceParent;
            return TextPeer.Echo()(context);
        });
        using var caller = new Activity("caller").Start();
        using var channel = GrpcChannel.ForAddress(
            peer.Address, new GrpcChannelOptions { HttpHandler = new OpaqueHandler(new SocketsHttpHandler { ActivityHeadersPropagator = null }) });

        var options = new CallOptions(new Metadata { { "traceparent", Own } });
        await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, options, "x").ResponseAsync.WithinAsync();

        Assert.Equal(Own, traceParent);
    }

    [Fact]
    public async Task CancelledCall_LeavesTheCurrentActivityOfWhoeverCancelsIt()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Hang);
        using var channel = GrpcChannel.ForAddress(peer.Address);
        var call = channel.CreateCallInvoker().AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "x");
        using var later = new Activity("later").Start();

        call.Dispose();

        await _collector.WaitForSpansAsync(Source, 1);
        Assert.Same(later, Activity.Current);
        Assert.Equal("CANCELLED", _collector.Spans[0].GetTagItem("rpc.response.status_code"));
    }

    [Fact]
    public void NobodyListens_NothingIsAllocated()
    {
        _collector.Dispose();
        using var channel = GrpcChannel.ForAddress("http://127.0.0.1:1");
        using var request = new HttpRequestMessage();
        var method = channel.GetMethod(TextMethods.Unary);
        Assert.Null(channel.Telemetry.Start(method));
        ClientTelemetry.Inject(request);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            if (channel.Telemetry.Start(method) is not null)
            {
                throw new InvalidOperationException("Somebody listens.");
            }

            ClientTelemetry.Inject(request);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>Sends by another handler, without showing it.</summary>
    private sealed class OpaqueHandler(HttpMessageHandler inner) : HttpMessageHandler
    {
        private readonly HttpMessageInvoker _inner = new(inner);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            _inner.SendAsync(request, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            _inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
