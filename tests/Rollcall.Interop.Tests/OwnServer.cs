using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rollcall.Grpc.Server;
using Rollcall.Grpc.Server.Health;
using Rollcall.Grpc.Server.Reflection;
using Rollcall.TestKit;

namespace Rollcall.Interop.Tests;

/// <summary>This repository's server with the test service, on loopback without TLS. One for each test class.</summary>
public sealed class OwnServer : IAsyncLifetime
{
    private WebApplication? _app;
    private int _calls;

    /// <summary>Where it listens, as <c>host:port</c>.</summary>
    public string Target { get; private set; } = "";

    /// <summary>Where it listens; 0: on a port that is free.</summary>
    public int Port { get; init; }

    /// <summary>Calls that have come so far.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>How it compresses responses.</summary>
    public string ResponseCompression { get; init; } = "gzip";

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        _ = builder.Logging.ClearProviders();
        _ = builder.Services.AddSingleton<LogCollector>().AddSingleton<ILoggerProvider>(s => s.GetRequiredService<LogCollector>());
        _ = builder.WebHost.ConfigureKestrel(o =>
        {
            // A thousand cancelled calls on one connection look like an attack to Kestrel, which then closes it.
            o.Limits.Http2.MaxStreamsPerConnection = 1000;
            o.Listen(System.Net.IPAddress.Loopback, Port);
        });
        _ = builder.Services.AddGrpc(o => o.ResponseCompressionAlgorithm = ResponseCompression);
        _ = builder.Services.AddGrpcHealth().AddGrpcReflection();
        _app = builder.Build();
        _ = _app.Use(CountCalls).Use(InteropService.WatchRequest);
        _ = _app.MapGrpcService<InteropService>();
        _ = _app.MapGrpcHealthService();
        _ = _app.MapGrpcReflectionService();
        await _app.StartAsync();
        Target = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{new Uri(_app.Urls.Single()).Port}");
    }

    public async Task DisposeAsync()
    {
        var logs = _app!.Services.GetRequiredService<LogCollector>();
        await _app.StopAsync();
        await _app.DisposeAsync();
        logs.AssertNoErrors();
    }

    private Task CountCalls(HttpContext context, RequestDelegate next)
    {
        Interlocked.Increment(ref _calls);
        return next(context);
    }
}
