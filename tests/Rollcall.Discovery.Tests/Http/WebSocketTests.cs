using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>Connections that are no requests any more: web sockets, over HTTP/1.1 and HTTP/2.</summary>
public sealed class WebSocketTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    private static async Task EchoAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[1000];
        while (true)
        {
            var got = await socket.ReceiveAsync(buffer, context.RequestAborted);
            if (got.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
                return;
            }

            await socket.SendAsync(buffer.AsMemory(0, got.Count), got.MessageType, got.EndOfMessage, context.RequestAborted);
        }
    }

    [Theory]
    [InlineData("ws", HttpProtocols.Http1)]
    [InlineData("wss", HttpProtocols.Http1)]
    [InlineData("ws", HttpProtocols.Http2)]
    [InlineData("wss", HttpProtocols.Http2)]
    public async Task NamedService_IsConnectedAndTheLeaseLastsAsLongAsTheSocket(string scheme, HttpProtocols protocols)
    {
        await using var a = await LoopbackServer.StartAsync("a", EchoAsync, protocols, scheme == "wss" ? _certificates.Issue("chat") : null);
        await using var caller = new TestCaller(
            o => o.ConfigureHandler = TestCaller.Trust(_certificates), new Endpoint("0-dead", "127.0.0.1", FreePort.Next()), a.Endpoint);
        using var invoker = new HttpMessageInvoker(caller.Handler, disposeHandler: false);
        using var socket = new ClientWebSocket();
        socket.Options.HttpVersion = protocols == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(10));

        await socket.ConnectAsync(new Uri($"{scheme}://chat/room"), invoker, timeout.Token);
        var buffer = new byte[100];
        foreach (var word in new[] { "one", "two" })
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(word), WebSocketMessageType.Text, endOfMessage: true, timeout.Token);
            var got = await socket.ReceiveAsync(buffer, timeout.Token);
            Assert.Equal(word, Encoding.UTF8.GetString(buffer.AsSpan(0, got.Count)));
        }

        Assert.Equal([CallResult.Unreachable], caller.Policy.Results);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, timeout.Token);
        socket.Dispose();
        await Eventually.TrueAsync(() => caller.Policy.Ended.Count == 2);
        Assert.Equal("a", caller.Policy.Ended.Last().Endpoint.Id);
    }
}
