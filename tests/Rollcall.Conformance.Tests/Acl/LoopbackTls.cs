using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Acl;

/// <summary>Somebody whom agents ask: Kestrel on a free loopback port with TLS, that answers as the test says.</summary>
internal sealed class LoopbackTls : IAsyncDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly WebApplication _app;

    private LoopbackTls(RequestDelegate handler)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(_certificates.Issue("127.0.0.1"))));
        _app = builder.Build();
        _app.Run(handler);
    }

    /// <summary><c>127.0.0.1:port</c>.</summary>
    public string Host { get; private set; } = "";

    public string AuthorityPem => _certificates.AuthorityPem;

    public static async Task<LoopbackTls> StartAsync(RequestDelegate handler)
    {
        var server = new LoopbackTls(handler);
        await server._app.StartAsync().WithinAsync();
        server.Host = new Uri(server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Authority;
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _certificates.Dispose();
    }
}
