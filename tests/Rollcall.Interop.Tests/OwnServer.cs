using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rollcall.Grpc.Server;
using Rollcall.TestKit;

namespace Rollcall.Interop.Tests;

/// <summary>This repository's server with the test service, on loopback over plain HTTP/2. One for each test class.</summary>
public sealed class OwnServer : IAsyncLifetime
{
    private WebApplication? _app;

    /// <summary>Where it listens, as <c>host:port</c>.</summary>
    public string Target { get; private set; } = "";

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        _ = builder.Logging.ClearProviders();
        _ = builder.Services.AddSingleton<LogCollector>().AddSingleton<ILoggerProvider>(s => s.GetRequiredService<LogCollector>());
        _ = builder.WebHost.ConfigureKestrel(o => o.Listen(System.Net.IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http2));
        _ = builder.Services.AddGrpc(o => o.ResponseCompressionAlgorithm = "gzip");
        _app = builder.Build();
        _ = _app.MapGrpcService<InteropService>();
        await _app.StartAsync();
        Target = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{new Uri(_app.Urls.Single()).Port}");
    }

    public async Task DisposeAsync()
    {
        var logs = _app!.Services.GetRequiredService<LogCollector>();
        await _app.DisposeAsync();
        logs.AssertNoErrors();
    }
}
