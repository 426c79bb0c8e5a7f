using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests.Protocols.Web;

/// <summary>Calls of gRPC-Web whose time, or that of a read, is over.</summary>
public sealed class WebDeadlineTests
{
    private static readonly EchoRequest s_request = new() { Text = "grüezi", Count = 3 };

    [Fact]
    public async Task Deadline_EndsTheCall()
    {
        var time = new FakeTimeProvider();
        await using var server = await GrpcTestServer.StartAsync(timeProvider: time, protocols: HttpProtocols.Http1);
        server.Behavior.Unary = async (request, context) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
            return EchoBehavior.Reply(request);
        };
        using var caller = new WebCaller(server.Address);

        var call = caller.CallAsync(RawCaller.Unary, s_request, WebCaller.Binary, ("grpc-timeout", "5S"));
        await time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(5));
        time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal("4", (await call.WithinAsync()).Trailers()["grpc-status"]);
    }

    [Theory]
    [InlineData(RawCaller.Unary, WebCaller.Binary)]
    [InlineData(RawCaller.Unary, WebCaller.Text)]
    [InlineData(RawCaller.ClientStream, WebCaller.Binary)]
    [InlineData(RawCaller.ClientStream, WebCaller.Text)]
    public async Task DeadlineWhileABodyOfHttp11IsOnItsWay_LeavesNoErrorInTheLog(string path, string type)
    {
        var time = new FakeTimeProvider();
        await using var server = await GrpcTestServer.StartAsync(timeProvider: time, protocols: HttpProtocols.Http1);
        using var caller = new WebCaller(server.Address);
        var body = WebCaller.Encode(s_request, type);
        using var content = new PushContent();
        content.Headers.ContentLength = body.Length;

        var call = caller.SendAsync(HttpMethod.Post, path, content, type, ("grpc-timeout", "5S"));
        await content.WriteAsync(body[..^1]);
        await time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(5));
        time.Advance(TimeSpan.FromSeconds(5));

        // .NET's client looks for an answer when all is sent; the server reads that yet.
        await content.WriteAsync(body[^1..]);
        content.Complete();
        using var response = await call;

        Assert.Equal("4", (await WebAnswer.ReadAsync(response)).Trailers()["grpc-status"]);
    }

    [Theory]
    [MemberData(nameof(WebCallTests.Ways), MemberType = typeof(WebCallTests))]
    public async Task ReadThatItsTokenEnds_LosesNothing(string type, bool http2)
    {
        await using var server = await GrpcTestServer.StartAsync(protocols: http2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Behavior.ClientStream = async (requests, _) =>
        {
            using var impatience = new CancellationTokenSource();
            var read = requests.MoveNext(impatience.Token);
            await impatience.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
            ended.SetResult();
            Assert.True(await requests.MoveNext(CancellationToken.None));
            var reply = EchoBehavior.Reply(requests.Current);
            Assert.False(await requests.MoveNext(CancellationToken.None));
            return reply;
        };
        using var caller = new WebCaller(server.Address, http2 ? HttpVersion.Version20 : HttpVersion.Version11);
        var body = WebCaller.Encode(s_request, type);
        using var content = new PushContent();
        content.Headers.ContentLength = body.Length;

        var call = caller.SendAsync(HttpMethod.Post, RawCaller.ClientStream, content, type);
        await content.WriteAsync(body[..^1]);
        await ended.Task.WithinAsync();
        await content.WriteAsync(body[^1..]);
        content.Complete();
        using var response = await call;

        Assert.Equal("grüezi", Assert.Single((await WebAnswer.ReadAsync(response)).Messages(EchoReply.Parser)).Text);
    }
}
