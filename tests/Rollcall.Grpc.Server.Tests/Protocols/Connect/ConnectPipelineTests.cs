using System.Net;
using System.Text.Encodings.Web;
using Grpc.Core;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rollcall.Grpc.Server.Tests.Hello;

namespace Rollcall.Grpc.Server.Tests.Protocols.Connect;

/// <summary>JSON calls go the way that gRPC calls go.</summary>
public sealed class ConnectPipelineTests
{
    [Fact]
    public async Task Interceptors_SeeTheCall()
    {
        List<string> order = [];
        await using var hello = await HelloServer.StartAsync(options => options.Interceptors.Add(new RecordingInterceptor("i", order)));

        await HelloServer.ReadAsync(await hello.PostAsync(HelloServer.SayHello, "{}"));
        await HelloServer.ReadAsync(await hello.GetAsync("?encoding=json&message=%7B%7D"));

        Assert.Equal(["i:unary", "i:unary"], order);
    }

    [Fact]
    public async Task Authorization_AppliesToPostAndGet()
    {
        await using var hello = await HelloServer.StartAsync(
            services: services =>
            {
                services.AddAuthorization();
                services.AddAuthentication("none").AddScheme<AuthenticationSchemeOptions, NobodyHandler>("none", null);
            },
            map: app =>
            {
                ((IApplicationBuilder)app).UseAuthorization();
                app.MapGrpcService<GreetingService>().RequireAuthorization();
            });

        using var post = await hello.PostAsync(HelloServer.SayHello, "{}");
        using var get = await hello.GetAsync("?encoding=json&message=%7B%7D");

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (post.StatusCode, get.StatusCode));
    }

    [Fact]
    public async Task Timeout_IsTheDeadline()
    {
        var time = new FakeTimeProvider();
        await using var hello = await HelloServer.StartAsync(timeProvider: time);
        hello.Behavior.SayHello = async (_, context) =>
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken));
            return new HelloReply();
        };

        var call = hello.PostAsync(HelloServer.SayHello, "{}", ("connect-timeout-ms", "5000"));
        await time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(5));
        time.Advance(TimeSpan.FromSeconds(5));

        await HelloServer.ReadErrorAsync(await call.WithinAsync(), HttpStatusCode.GatewayTimeout, "deadline_exceeded");
    }

    [Fact]
    public async Task Timeout_CountsWhileTheBodyIsStillOnItsWay()
    {
        var time = new FakeTimeProvider();
        await using var hello = await HelloServer.StartAsync(timeProvider: time, version: HttpVersion.Version20);
        var content = new PushContent();

        var call = hello.Caller.SendAsync(HttpMethod.Post, HelloServer.SayHello, content, HelloServer.Json, ("connect-timeout-ms", "5000"));
        await content.WriteAsync("{"u8.ToArray());
        await time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(5));
        time.Advance(TimeSpan.FromSeconds(5));

        await HelloServer.ReadErrorAsync(await call.WithinAsync(), HttpStatusCode.GatewayTimeout, "deadline_exceeded");
        content.Complete();
    }

    [Fact]
    public async Task TimeoutWhileABodyOfHttp11IsOnItsWay_LeavesNoErrorInTheLog()
    {
        var time = new FakeTimeProvider();
        await using var hello = await HelloServer.StartAsync(timeProvider: time);
        var content = new PushContent();
        content.Headers.ContentLength = 2;

        var call = hello.Caller.SendAsync(HttpMethod.Post, HelloServer.SayHello, content, HelloServer.Json, ("connect-timeout-ms", "5000"));
        await content.WriteAsync("{"u8.ToArray());
        await time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(5));
        time.Advance(TimeSpan.FromSeconds(5));

        // .NET's client looks for an answer when all is sent; the server reads that yet.
        await content.WriteAsync("}"u8.ToArray());
        content.Complete();
        await HelloServer.ReadErrorAsync(await call.WithinAsync(), HttpStatusCode.GatewayTimeout, "deadline_exceeded");
    }

    [Fact]
    public async Task LongestTimeout_IsTaken()
    {
        await using var hello = await HelloServer.StartAsync();

        await HelloServer.ReadAsync(await hello.PostAsync(HelloServer.SayHello, "{}", ("connect-timeout-ms", "9999999999")));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task CallerThatGoesAway_FiresTheToken(string version)
    {
        await using var hello = await HelloServer.StartAsync(version: Version.Parse(version));
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        hello.Behavior.SayHello = async (_, context) =>
        {
            entered.SetResult();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken));
            cancelled.SetResult();
            throw new OperationCanceledException();
        };
        using var cancellation = new CancellationTokenSource();

        var call = hello.Caller.SendAsync(
            HttpMethod.Post, HelloServer.SayHello, new ByteArrayContent("{}"u8.ToArray()), HelloServer.Json, cancellation.Token);
        await entered.Task.WithinAsync();
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await cancelled.Task.WithinAsync();
        await Eventually.TrueAsync(() => hello.Server.Logs.Entries.Any(entry => entry.Message.Contains("gave up", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Http2_LengthAboveTheLimit_IsRefusedBeforeTheBodyComes()
    {
        await using var hello = await HelloServer.StartAsync(version: HttpVersion.Version20);
        var content = new PushContent { Headers = { ContentLength = (4 * 1024 * 1024) + 1 } };

        var call = hello.Caller.SendAsync(HttpMethod.Post, HelloServer.SayHello, content, HelloServer.Json);

        var message = await HelloServer.ReadErrorAsync(await call, HttpStatusCode.TooManyRequests, "resource_exhausted");
        Assert.Contains("MaxReceiveMessageSize", message, StringComparison.Ordinal);
        content.Complete();
    }

    [Fact]
    public async Task Http2_BodyWithoutALength_IsRefusedWhenItPassesTheLimit()
    {
        await using var hello = await HelloServer.StartAsync(options => options.MaxReceiveMessageSize = 1000, version: HttpVersion.Version20);
        var content = new PushContent();

        var call = hello.Caller.SendAsync(HttpMethod.Post, HelloServer.SayHello, content, HelloServer.Json);
        await content.WriteAsync(new byte[1001]);

        await HelloServer.ReadErrorAsync(await call, HttpStatusCode.TooManyRequests, "resource_exhausted");
        content.Complete();
    }

    [Theory]
    [InlineData("Content-Length: 1001\r\n\r\n")]
    [InlineData("Content-Length: 99999999999\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n3E9\r\n", 1001)]
    public async Task Http11_BodyAboveTheLimit_IsRefusedBeforeItIsWhole(string head, int sent = 0)
    {
        await using var hello = await HelloServer.StartAsync(options => options.MaxReceiveMessageSize = 1000);
        using var connection = await RawConnection.OpenAsync(hello.Server.Address);

        await connection.SendAsync(
            $"POST {HelloServer.SayHello} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{head}{new string(' ', sent)}");

        var response = await connection.ReadResponseAsync();
        Assert.StartsWith("HTTP/1.1 429", response, StringComparison.Ordinal);
        Assert.Contains("MaxReceiveMessageSize", response, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BodyAtTheLimit_IsTaken()
    {
        const string Body = """{"name":"four"}""";
        await using var hello = await HelloServer.StartAsync(options => options.MaxReceiveMessageSize = Body.Length);

        await HelloServer.ReadAsync(await hello.PostAsync(HelloServer.SayHello, Body));
        await HelloServer.ReadErrorAsync(
            await hello.PostAsync(HelloServer.SayHello, Body + " "), HttpStatusCode.TooManyRequests, "resource_exhausted");
    }

    [Fact]
    public async Task ResponseAboveItsLimit_IsRefused()
    {
        await using var hello = await HelloServer.StartAsync(options => options.MaxSendMessageSize = 10);

        await HelloServer.ReadErrorAsync(
            await hello.PostAsync(HelloServer.SayHello, """{"name":"much too long"}"""), HttpStatusCode.TooManyRequests, "resource_exhausted");
    }

    [Fact]
    public async Task LimitAboveTheServersOwn_Counts()
    {
        await using var hello = await HelloServer.StartAsync(options => options.MaxReceiveMessageSize = null);
        var size = 0;
        hello.Behavior.SayHello = (request, _) =>
        {
            size = request.Name.Length;
            return Task.FromResult(new HelloReply());
        };
        const int Length = 31 * 1024 * 1024;

        await HelloServer.ReadAsync(await hello.PostAsync(HelloServer.SayHello, $$"""{"name":"{{new string('n', Length)}}"}"""));

        Assert.Equal(Length, size);
    }

    [Fact]
    public async Task HttpContext_IsTheRealOne()
    {
        await using var hello = await HelloServer.StartAsync();
        hello.Behavior.SayHello = (_, context) =>
        {
            var http = context.GetHttpContext();
            http.Response.Headers["x-own"] = "o";
            return Task.FromResult(new HelloReply { Message = $"{http.Request.Protocol} {http.Request.Method} {http.Request.Path}" });
        };

        using var response = await hello.PostAsync(HelloServer.SayHello, "{}");

        Assert.Equal("o", Assert.Single(response.Headers.GetValues("x-own")));
        Assert.Equal(
            "HTTP/1.1 POST /hello.HelloService/SayHello", (await HelloServer.ReadAsync(response)).GetProperty("message").GetString());
    }

    private sealed class NobodyHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(AuthenticateResult.NoResult());
    }
}
