using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>A web server on a free loopback port.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private LoopbackServer(WebApplication app, string id)
    {
        _app = app;
        Endpoint = new Endpoint(id, "127.0.0.1", new Uri(app.Urls.First()).Port);
    }

    public Endpoint Endpoint { get; }

    public static async Task<LoopbackServer> StartAsync(string id, RequestDelegate handle, HttpProtocols protocols = HttpProtocols.Http1)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.Protocols = protocols));
        var app = builder.Build();
        app.Run(handle);
        await app.StartAsync();
        return new LoopbackServer(app, id);
    }

    /// <summary>Answers with its id.</summary>
    public static Task<LoopbackServer> StartAsync(string id, HttpProtocols protocols = HttpProtocols.Http1) =>
        StartAsync(id, c => c.Response.WriteAsync(id), protocols);

    public async ValueTask DisposeAsync()
    {
        // Connections that are open are cut, as if the process had been killed.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}
