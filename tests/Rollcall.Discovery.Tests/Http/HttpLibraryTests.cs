using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Refit;
using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>Libraries that bring their own client and take our handler.</summary>
public sealed class HttpLibraryTests
{
    [Fact]
    public async Task Refit_CallsTheServiceByName()
    {
        await using var a = await LoopbackServer.StartAsync("a", async c =>
            await c.Response.WriteAsync($"{c.Request.Method} {c.Request.Path} {await new StreamReader(c.Request.Body).ReadToEndAsync()}"));
        await using var caller = new TestCaller(null, new Endpoint("0-dead", "127.0.0.1", FreePort.Next()), a.Endpoint);
        caller.Client.BaseAddress = new Uri("http://orders");
        var api = RestService.For<IOrdersApi>(caller.Client);

        Assert.Equal("GET /orders/7 ", await api.GetAsync(7).WithinAsync());
        Assert.StartsWith("POST /orders ", await api.AddAsync("tea").WithinAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HttpTransportType.LongPolling)]
    [InlineData(HttpTransportType.ServerSentEvents)]
    [InlineData(HttpTransportType.WebSockets)]
    public async Task SignalR_StaysOnOneInstance(HttpTransportType transport)
    {
        await using var a = await StartHubAsync("a");
        await using var b = await StartHubAsync("b");
        await using var caller = new TestCaller(o => o.Policy = new PickFirstPolicy(), EndpointOf("a", a), EndpointOf("b", b));
        using var invoker = new HttpMessageInvoker(caller.Handler, disposeHandler: false);
        await using var connection = new HubConnectionBuilder()
            .WithUrl("http://chat/hub", transport, o =>
            {
                o.HttpMessageHandlerFactory = _ => new KeptHandler(caller.Handler);
                o.WebSocketFactory = async (context, cancel) =>
                {
                    var socket = new ClientWebSocket();
                    await socket.ConnectAsync(context.Uri, invoker, cancel);
                    return socket;
                };
            })
            .Build();

        await connection.StartAsync().WithinAsync();

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal($"a {i}", await connection.InvokeAsync<string>("Echo", $"{i}").WithinAsync());
        }

        await connection.StopAsync().WithinAsync();
    }

    private static Endpoint EndpointOf(string id, WebApplication app) => new(id, "127.0.0.1", new Uri(app.Urls.First()).Port);

    private static async Task<WebApplication> StartHubAsync(string id)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        builder.Services.AddSignalR();
        builder.Services.AddSingleton(new HubName(id));
        var app = builder.Build();
        app.MapHub<EchoHub>("/hub");
        await app.StartAsync();
        return app;
    }

    private sealed record HubName(string Id);

    /// <summary>A connection disposes its handler, and ours serves others.</summary>
    private sealed class KeptHandler(HttpMessageHandler handler) : HttpMessageHandler
    {
        private readonly HttpMessageInvoker _invoker = new(handler, disposeHandler: false);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            _invoker.SendAsync(request, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            _invoker.Dispose();
            base.Dispose(disposing);
        }
    }

    private sealed class EchoHub(HubName name) : Hub
    {
        public string Echo(string text) => $"{name.Id} {text}";
    }
}
