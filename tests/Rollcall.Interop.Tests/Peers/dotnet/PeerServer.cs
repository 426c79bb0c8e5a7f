using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Rollcall.Interop.Tests.Peers;

/// <summary>Prints <c>port N</c>; ends when its standard input does.</summary>
internal static class PeerServer
{
    internal static async Task RunAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(o =>
        {
            // A thousand cancelled calls on one connection look like an attack to Kestrel, which then closes it.
            o.Limits.Http2.MaxStreamsPerConnection = 1000;
            o.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddGrpc(o => o.ResponseCompressionAlgorithm = "gzip");
        // Without a check the status is Unknown.
        builder.Services.AddGrpcHealthChecks().AddCheck("up", () => HealthCheckResult.Healthy());
        builder.Services.AddGrpcReflection();
        await using var app = builder.Build();
        app.Use(InteropService.WatchRequest);
        app.MapGrpcService<InteropService>();
        app.MapGrpcHealthChecksService();
        app.MapGrpcReflectionService();
        await app.StartAsync();
        Console.WriteLine($"port {new Uri(app.Urls.Single()).Port}");
        await Console.In.ReadToEndAsync();
    }
}
