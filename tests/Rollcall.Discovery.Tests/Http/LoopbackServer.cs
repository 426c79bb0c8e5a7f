using System.Collections.Frozen;
using System.Net;
using System.Security.Cryptography.X509Certificates;
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
    private readonly Counter _connections;

    private LoopbackServer(WebApplication app, string id, Counter connections)
    {
        _app = app;
        _connections = connections;
        var address = new Uri(app.Urls.First());
        Endpoint = new Endpoint(id, "127.0.0.1", address.Port)
        {
            Metadata = new Dictionary<string, string> { ["scheme"] = address.Scheme }.ToFrozenDictionary(),
        };
    }

    public Endpoint Endpoint { get; }

    public int OpenConnections => Volatile.Read(ref _connections.Value);

    public static async Task<LoopbackServer> StartAsync(
        string id, RequestDelegate handle, HttpProtocols protocols = HttpProtocols.Http1, X509Certificate2? certificate = null, int port = 0)
    {
        var connections = new Counter();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (protocols == HttpProtocols.Http3)
        {
            builder.WebHost.UseQuic();
        }

        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, port, l =>
        {
            l.Protocols = protocols;
            l.Use(next => async connection =>
            {
                Interlocked.Increment(ref connections.Value);
                try
                {
                    await next(connection);
                }
                finally
                {
                    Interlocked.Decrement(ref connections.Value);
                }
            });
            if (certificate is not null)
            {
                l.UseHttps(certificate);
            }
        }));
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(handle);
        await app.StartAsync();
        return new LoopbackServer(app, id, connections);
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

    private sealed class Counter
    {
        public int Value;
    }
}
