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
        await using var services = HandlersOf(caller);
        await using var connection = Connect(services, transport, _ => { });

        await connection.StartAsync().WithinAsync();

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal($"a {i}", await connection.InvokeAsync<string>("Echo", $"{i}").WithinAsync());
        }

        await connection.StopAsync().WithinAsync();
    }

    [Fact]
    public async Task SignalR_ConnectionBreaks_TheNextOneGoesByNameAgain()
    {
        await using var a = await StartHubAsync("a");
        await using var caller = new TestCaller(o => o.Policy = new PickFirstPolicy(), EndpointOf("a", a));
        await using var services = HandlersOf(caller);
        ClientWebSocket? last = null;
        await using var connection = Connect(services, HttpTransportType.WebSockets, socket => last = socket);
        var ended = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.Reconnected += _ => Task.FromResult(ended.TrySetResult(null));
        connection.Closed += error => Task.FromResult(ended.TrySetResult(error));
        await connection.StartAsync().WithinAsync();

        last!.Abort();

        Assert.Null(await ended.Task.WithinAsync());
        Assert.Equal("a again", await connection.InvokeAsync<string>("Echo", "again").WithinAsync());
    }

    /// <summary>As the container's factory makes them: a connection disposes its handler, and ours serves others.</summary>
    private static ServiceProvider HandlersOf(TestCaller caller) => new ServiceCollection()
        .AddHttpClient("chat").ConfigurePrimaryHttpMessageHandler(() => caller.Handler).SetHandlerLifetime(Timeout.InfiniteTimeSpan)
        .Services.BuildServiceProvider();

    private static HubConnection Connect(ServiceProvider services, HttpTransportType transport, Action<ClientWebSocket> connected)
    {
        var handlers = services.GetRequiredService<IHttpMessageHandlerFactory>();
        return new HubConnectionBuilder()
            .WithAutomaticReconnect([TimeSpan.Zero])
            .WithUrl("http://chat/hub", transport, o =>
            {
                o.HttpMessageHandlerFactory = _ => handlers.CreateHandler("chat");
                o.WebSocketFactory = async (context, cancel) =>
                {
                    var socket = new ClientWebSocket();
                    await socket.ConnectAsync(context.Uri, new HttpMessageInvoker(handlers.CreateHandler("chat")), cancel);
                    connected(socket);
                    return socket;
                };
            })
            .Build();
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

    private sealed class EchoHub(HubName name) : Hub
    {
        public string Echo(string text) => $"{name.Id} {text}";
    }
}
