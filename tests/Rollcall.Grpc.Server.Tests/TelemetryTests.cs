using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json;
using Grpc.Core;
using Grpc.Core.Utils;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Server.Tests.Library;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

[Collection("telemetry")]
public sealed class TelemetryTests
{
    private const string Source = "Rollcall.Grpc.Server";
    private const string ClientSource = "Rollcall.Grpc.Client";
    private const string HostingSource = "Microsoft.AspNetCore";
    private const string Remote = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private static readonly EchoRequest s_request = new() { Text = "e", Count = 3 };

    [Fact]
    public async Task Call_IsASpanBelowTheCallers()
    {
        using var collector = new TelemetryCollector(Source);
        await using var server = await GrpcTestServer.StartAsync();
        Activity? inHandler = null;
        server.Behavior.Unary = (request, _) =>
        {
            inHandler = Activity.Current;
            return Task.FromResult(EchoBehavior.Reply(request));
        };

        await server.Caller.CallAsync(RawCaller.Unary, s_request, ("traceparent", Remote), ("tracestate", "vendor=1"));

        var span = Assert.Single(await collector.WaitForSpansAsync(Source, 1));
        Assert.Same(span, inHandler);
        Assert.Equal("rollcall.test.Echo/Unary", span.DisplayName);
        Assert.Equal(ActivityKind.Server, span.Kind);
        Assert.Equal(Remote[36..52], span.ParentSpanId.ToHexString());
        Assert.Equal("vendor=1", span.TraceStateString);
        Assert.True(span.HasRemoteParent);
        Assert.Equal(ActivityStatusCode.Unset, span.Status);
        var peerPort = Assert.IsType<int>(span.GetTagItem("network.peer.port"));
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["rpc.system.name"] = "grpc",
                ["rpc.method"] = "rollcall.test.Echo/Unary",
                ["rpc.response.status_code"] = "OK",
                ["server.address"] = "127.0.0.1",
                ["server.port"] = server.Address.Port,
                ["network.peer.address"] = "127.0.0.1",
                ["network.peer.port"] = peerPort,
            },
            span.TagObjects.ToDictionary());
    }

    [Theory]
    [InlineData(Remote, Source)]
    [InlineData(Remote, HostingSource)]
    [InlineData(Remote, Source, HostingSource)]
    [InlineData(null, Source)]
    [InlineData(null, HostingSource)]
    public async Task Baggage_IsTheSpansWhoeverListens(string? parent, params string[] sources)
    {
        using var collector = new TelemetryCollector(sources);
        await using var server = await GrpcTestServer.StartAsync();
        var baggage = new List<KeyValuePair<string, string?>>();
        server.Behavior.Unary = (request, _) =>
        {
            baggage.AddRange(Activity.Current!.Baggage);
            return Task.FromResult(EchoBehavior.Reply(request));
        };

        await server.Caller.CallAsync(
            RawCaller.Unary, s_request, [.. parent is null ? Array.Empty<(string, string)>() : [("traceparent", parent)], ("baggage", "user=7, tier=gold")]);

        Assert.Equal([("tier", "gold"), ("user", "7")], baggage.Select(b => (b.Key, b.Value!)).Order());
    }

    [Fact]
    public async Task CallWithoutTraceContext_IsARoot()
    {
        using var collector = new TelemetryCollector(Source);
        await using var server = await GrpcTestServer.StartAsync();

        await server.Caller.CallAsync(RawCaller.Unary, s_request);

        Assert.Equal(default, Assert.Single(await collector.WaitForSpansAsync(Source, 1)).ParentSpanId);
    }

    [Fact]
    public async Task ServersSpan_IsAChildOfOurClients()
    {
        using var collector = new TelemetryCollector(Source, ClientSource);
        await using var server = await GrpcTestServer.StartAsync();
        await using var channel = GrpcChannel.ForAddress(server.Address);

        await new Echo.EchoClient(channel).UnaryAsync(s_request).ResponseAsync.WithinAsync();

        var client = Assert.Single(await collector.WaitForSpansAsync(ClientSource, 1));
        var served = Assert.Single(await collector.WaitForSpansAsync(Source, 1));
        Assert.Equal(client.TraceId, served.TraceId);
        Assert.Equal(client.SpanId, served.ParentSpanId);
    }

    [Fact]
    public async Task RecordedRequestSpan_IsTheParentOfOurs()
    {
        using var collector = new TelemetryCollector(Source, HostingSource);
        await using var server = await GrpcTestServer.StartAsync();

        await server.Caller.CallAsync(RawCaller.Unary, s_request, ("traceparent", Remote));

        var request = Assert.Single(await collector.WaitForSpansAsync(HostingSource, 1));
        var call = Assert.Single(await collector.WaitForSpansAsync(Source, 1));
        Assert.Equal(Remote[36..52], request.ParentSpanId.ToHexString());
        Assert.Equal(request.SpanId, call.ParentSpanId);
        Assert.Null(request.GetTagItem("rpc.method"));
    }

    [Fact]
    public async Task RequestSpanAlone_IsDescribedAsTheCalls()
    {
        using var collector = new TelemetryCollector(HostingSource);
        await using var server = await GrpcTestServer.StartAsync();
        server.Behavior.Unary = (_, _) => throw new RpcException(new Status(StatusCode.DataLoss, "lost"));

        await server.Caller.CallAsync(RawCaller.Unary, s_request);

        var request = Assert.Single(await collector.WaitForSpansAsync(HostingSource, 1));
        Assert.Equal("rollcall.test.Echo/Unary", request.DisplayName);
        Assert.Equal("grpc", request.GetTagItem("rpc.system.name"));
        Assert.Equal("rollcall.test.Echo/Unary", request.GetTagItem("rpc.method"));
        Assert.Equal("DATA_LOSS", request.GetTagItem("rpc.response.status_code"));
        Assert.Equal((ActivityStatusCode.Error, "lost"), (request.Status, request.StatusDescription));
    }

    [Theory]
    [InlineData(StatusCode.Cancelled, "CANCELLED", false)]
    [InlineData(StatusCode.Unknown, "UNKNOWN", true)]
    [InlineData(StatusCode.InvalidArgument, "INVALID_ARGUMENT", false)]
    [InlineData(StatusCode.DeadlineExceeded, "DEADLINE_EXCEEDED", true)]
    [InlineData(StatusCode.NotFound, "NOT_FOUND", false)]
    [InlineData(StatusCode.AlreadyExists, "ALREADY_EXISTS", false)]
    [InlineData(StatusCode.PermissionDenied, "PERMISSION_DENIED", false)]
    [InlineData(StatusCode.ResourceExhausted, "RESOURCE_EXHAUSTED", false)]
    [InlineData(StatusCode.FailedPrecondition, "FAILED_PRECONDITION", false)]
    [InlineData(StatusCode.Aborted, "ABORTED", false)]
    [InlineData(StatusCode.OutOfRange, "OUT_OF_RANGE", false)]
    [InlineData(StatusCode.Unimplemented, "UNIMPLEMENTED", true)]
    [InlineData(StatusCode.Internal, "INTERNAL", true)]
    [InlineData(StatusCode.Unavailable, "UNAVAILABLE", true)]
    [InlineData(StatusCode.DataLoss, "DATA_LOSS", true)]
    [InlineData(StatusCode.Unauthenticated, "UNAUTHENTICATED", false)]
    [InlineData((StatusCode)99, "UNKNOWN", true)]
    [InlineData((StatusCode)(-1), "UNKNOWN", true)]
    public async Task OnlyAServersFault_IsAnError(StatusCode code, string name, bool isError)
    {
        using var collector = new TelemetryCollector(Source);
        await using var server = await GrpcTestServer.StartAsync(services: services => services.AddSingleton<IMeterFactory>(collector));
        server.Behavior.Unary = (_, _) => throw new RpcException(new Status(code, "why"));

        await server.Caller.CallAsync(RawCaller.Unary, s_request);

        var span = Assert.Single(await collector.WaitForSpansAsync(Source, 1));
        var duration = Assert.Single(collector.Measurements, m => m.Instrument.Name == "rpc.server.call.duration");
        Assert.Equal(name, span.GetTagItem("rpc.response.status_code"));
        Assert.Equal(name, duration.Tags["rpc.response.status_code"]);
        Assert.Equal(isError ? (ActivityStatusCode.Error, "why", name) : (ActivityStatusCode.Unset, null, null), (span.Status, span.StatusDescription, (string?)span.GetTagItem("error.type")));
        Assert.Equal(isError ? name : null, duration.Tags.GetValueOrDefault("error.type"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CodeThatGrpcDoesNotHave_IsUnknownInEveryProtocol(bool isThrown)
    {
        using var collector = new TelemetryCollector(Source);
        await using var library = await LibraryServer.StartAsync(services: services => services.AddSingleton<IMeterFactory>(collector));
        library.Behavior.GetBook = (request, context) =>
        {
            var status = new Status((StatusCode)99, "made up");
            context.Status = status;
            return isThrown ? throw new RpcException(status) : Task.FromResult(request);
        };
        const string Method = "/rollcall.test.library.Library/GetBook";
        using var grpc = new RawCaller(library.Server.Address);

        var answer = await grpc.CallAsync(Method, new Book());
        var web = (await library.Caller.CallAsync(Method, new Book())).Trailers();
        using var connect = await library.SendAsync("POST", Method, "{}");
        var connectError = JsonElement.Parse(await connect.Content.ReadAsStringAsync());
        var routeError = await library.CallAsync("GET", "/v1/books/1", expected: HttpStatusCode.InternalServerError);

        Assert.Equal(("2", "made up"), (answer.GrpcStatus, answer.GrpcMessage));
        Assert.Equal(("2", "made up"), (web["grpc-status"], web["grpc-message"]));
        Assert.Equal(HttpStatusCode.InternalServerError, connect.StatusCode);
        Assert.Equal(("unknown", "made up"), (connectError.GetProperty("code").GetString(), connectError.GetProperty("message").GetString()));
        Assert.Equal((2, "made up"), (routeError.GetProperty("code").GetInt32(), routeError.GetProperty("message").GetString()));
        var spans = await collector.WaitForSpansAsync(Source, 4);
        Assert.All(spans, static span => Assert.Equal(("UNKNOWN", "UNKNOWN"), (span.GetTagItem("rpc.response.status_code"), span.GetTagItem("error.type"))));
        Assert.Equal(4, collector.Measurements.Count(static m =>
            m.Instrument.Name == "rpc.server.call.duration" && (string?)m.Tags.GetValueOrDefault("error.type") == "UNKNOWN"));
    }

    [Theory]
    [InlineData(RawCaller.Unary, 1, 100)]
    [InlineData(RawCaller.Unary, 100, 1)]
    [InlineData(RawCaller.ServerStream, 1, 100)]
    [InlineData(RawCaller.ServerStream, 100, 1)]
    [InlineData(RawCaller.ClientStream, 1, 100)]
    [InlineData(RawCaller.Duplex, 100, 1)]
    public async Task MessageAboveALimit_IsAFailedCallInSpansMetricsAndLog(string path, int maxReceive, int maxSend)
    {
        using var collector = new TelemetryCollector(Source);
        await using var server = await GrpcTestServer.StartAsync(
            options => (options.MaxReceiveMessageSize, options.MaxSendMessageSize) = (maxReceive, maxSend),
            services => services.AddSingleton<IMeterFactory>(collector));

        var response = await server.Caller.CallAsync(path, s_request);

        Assert.Equal("8", response.GrpcStatus);
        var span = Assert.Single(await collector.WaitForSpansAsync(Source, 1));
        Assert.Equal(path[1..], span.DisplayName);
        Assert.Equal("RESOURCE_EXHAUSTED", span.GetTagItem("rpc.response.status_code"));
        var duration = Assert.Single(collector.Measurements, m => m.Instrument.Name == "rpc.server.call.duration");
        Assert.Equal("RESOURCE_EXHAUSTED", duration.Tags["rpc.response.status_code"]);
        Assert.Equal(0, collector.Sum("rollcall.grpc.server.active_calls"));
        Assert.Single(server.Logs.Entries, e => e.Message.StartsWith($"{path} ended with ResourceExhausted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task UnknownMethods_AreOneInMetricsAndKeepTheirNameInTraces()
    {
        using var collector = new TelemetryCollector(Source);
        await using var server = await GrpcTestServer.StartAsync(services: services => services.AddSingleton<IMeterFactory>(collector));

        await server.Caller.CallAsync("/made.up/Thing", s_request, ("traceparent", Remote));

        var span = Assert.Single(await collector.WaitForSpansAsync(Source, 1));
        Assert.Equal("grpc", span.DisplayName);
        Assert.Equal(Remote[36..52], span.ParentSpanId.ToHexString());
        Assert.Equal("_OTHER", span.GetTagItem("rpc.method"));
        Assert.Equal("made.up/Thing", span.GetTagItem("rpc.method_original"));
        Assert.Equal("UNIMPLEMENTED", span.GetTagItem("rpc.response.status_code"));
        var duration = Assert.Single(collector.Measurements, m => m.Instrument.Name == "rpc.server.call.duration");
        Assert.Equal("_OTHER", duration.Tags["rpc.method"]);
        Assert.False(duration.Tags.ContainsKey("rpc.method_original"));
    }

    [Fact]
    public async Task TextsOfPeers_AreCutInSpansAndLog_AndNotInTheAnswer()
    {
        using var collector = new TelemetryCollector(Source);
        await using var server = await GrpcTestServer.StartAsync();
        var text = new string('x', 2000);
        server.Behavior.Unary = (_, context) =>
        {
            Assert.Null(context.RequestHeaders.Get("none"));
            throw new RpcException(new Status(StatusCode.Internal, text));
        };

        var answer = await server.Caller.CallAsync(RawCaller.Unary, s_request, ($"{text}-bin", "no base64"));
        var unknown = await server.Caller.CallAsync($"/rollcall.test.Echo/{text}", s_request);

        Assert.Equal(text, answer.GrpcMessage);
        Assert.Contains(text, unknown.GrpcMessage, StringComparison.Ordinal);
        var spans = await collector.WaitForSpansAsync(Source, 2);
        Assert.Equal(text[..512] + "…", spans[0].StatusDescription);
        Assert.Equal($"rollcall.test.Echo/{text}"[..512] + "…", spans[1].GetTagItem("rpc.method_original"));
        Assert.EndsWith("x…", spans[1].StatusDescription, StringComparison.Ordinal);
        var lines = server.Logs.Entries.Where(entry => entry.Category == "Rollcall.Grpc.Server.Call" && entry.Message.Contains("xxx", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, lines.Count);
        Assert.All(lines, static line => Assert.EndsWith(new string('x', 500) + "…", line.Message, StringComparison.Ordinal));
        Assert.All(lines, static line => Assert.InRange(line.Message.Length, 1, 620));
    }

    [Fact]
    public async Task HostOfTheCaller_IsCutInSpans()
    {
        using var collector = new TelemetryCollector(Source);
        await using var server = await GrpcTestServer.StartAsync(protocols: HttpProtocols.Http1);
        var host = new string('x', 2000);
        using var connection = await RawConnection.OpenAsync(server.Address);

        await connection.SendAsync(
            $"POST {RawCaller.Unary} HTTP/1.1\r\nhost: {host}:7\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}");
        var answer = await connection.ReadResponseAsync();

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        var span = Assert.Single(await collector.WaitForSpansAsync(Source, 1));
        Assert.Equal(host[..512] + "…", span.GetTagItem("server.address"));
        Assert.Equal(7, span.GetTagItem("server.port"));
    }

    [Fact]
    public async Task MessagesThatWereNotTaken_AreNotCounted()
    {
        using var collector = new TelemetryCollector(Source);
        await using var server = await GrpcTestServer.StartAsync(services: services => services.AddSingleton<IMeterFactory>(collector));
        server.Behavior.ServerStream = async (_, responses, context) =>
        {
            await Record.ExceptionAsync(() => context.WriteResponseHeadersAsync([]));
            await Record.ExceptionAsync(() => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken));

            // The first one finds that the caller gave up; the others are refused.
            for (var i = 0; i < 5; i++)
            {
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => responses.WriteAsync(new EchoReply()));
            }
        };

        using (await server.Caller.StartAsync(RawCaller.ServerStream, new ByteArrayContent(RawCaller.Frame(s_request)), CancellationToken.None))
        {
        }

        var span = Assert.Single(await collector.WaitForSpansAsync(Source, 1));
        Assert.Equal(1L, span.GetTagItem("rollcall.messages.sent"));
        Assert.Equal(1, collector.Sum("rollcall.grpc.server.messages.sent"));
    }

    [Fact]
    public async Task Streams_SayHowManyMessagesTheyHad()
    {
        using var collector = new TelemetryCollector(Source);
        await using var server = await GrpcTestServer.StartAsync(services: services => services.AddSingleton<IMeterFactory>(collector));
        await using var channel = GrpcChannel.ForAddress(server.Address);
        var active = 0.0;
        server.Behavior.Duplex = async (requests, responses, _) =>
        {
            active = collector.Sum("rollcall.grpc.server.active_calls");
            await foreach (var request in requests.ReadAllAsync())
            {
                await responses.WriteAsync(EchoBehavior.Reply(request));
                await responses.WriteAsync(EchoBehavior.Reply(request));
            }
        };

        using var call = new Echo.EchoClient(channel).Duplex();
        await call.RequestStream.WriteAllAsync([s_request, s_request]).WithinAsync();
        Assert.Equal(4, (await call.ResponseStream.ToListAsync().WithinAsync()).Count);

        var span = Assert.Single(await collector.WaitForSpansAsync(Source, 1));
        Assert.Equal(2L, span.GetTagItem("rollcall.messages.received"));
        Assert.Equal(4L, span.GetTagItem("rollcall.messages.sent"));
        Assert.Equal(2, collector.Sum("rollcall.grpc.server.messages.received"));
        Assert.Equal(4, collector.Sum("rollcall.grpc.server.messages.sent"));
        Assert.Equal(1, active);
        Assert.Equal(0, collector.Sum("rollcall.grpc.server.active_calls"));
    }

    [Fact]
    public async Task NobodyListens_NothingIsAllocated()
    {
        await using var server = await GrpcTestServer.StartAsync();
        var telemetry = server.Services.GetRequiredService<ServerTelemetry>();
        var httpContext = new DefaultHttpContext();
        httpContext.Connection.RemoteIpAddress = IPAddress.Loopback;

        // As in an application that logs: ASP.NET Core has an activity for its log scopes.
        using var request = new Activity("request").Start();
        Assert.Equal(0, Measure());
        request.Stop();
        Assert.Null(Activity.Current);
        Assert.Equal(0, Measure());

        long Measure()
        {
            var context = new HttpServerCallContext(httpContext, null!, EchoMethod());
            _ = telemetry.Start(httpContext, "rollcall.test.Echo/Unary", MethodType.Unary) ?? telemetry.StartUnknown(httpContext, "x");
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++)
            {
                context.Telemetry = telemetry.Start(httpContext, "rollcall.test.Echo/Unary", MethodType.Unary) ?? telemetry.StartUnknown(httpContext, "x");
                context.Telemetry?.OnReceived();
                context.Telemetry?.OnSent();
                context.Dispose();
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    private static Method<string, string> EchoMethod()
    {
        var text = Marshallers.Create(static _ => [], static _ => "");
        return new Method<string, string>(MethodType.Unary, "rollcall.test.Echo", "Unary", text, text);
    }
}
