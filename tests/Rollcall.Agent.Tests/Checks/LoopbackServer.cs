using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Checks;

/// <summary>An instance to be probed: Kestrel on a free loopback port that answers as the test says.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private LoopbackServer(WebApplication app) => _app = app;

    /// <summary><c>127.0.0.1:port</c>.</summary>
    public string HostAndPort { get; private set; } = "";

    public static async Task<LoopbackServer> StartAsync(
        RequestDelegate handler, HttpProtocols protocols = HttpProtocols.Http1, HttpsConnectionAdapterOptions? tls = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = protocols;
            if (tls is not null)
            {
                listen.UseHttps(tls);
            }
        }));
        var app = builder.Build();
        app.Run(handler);
        await app.StartAsync().WithinAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new LoopbackServer(app) { HostAndPort = new Uri(address).Authority };
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
