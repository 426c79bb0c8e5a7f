using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>Kestrel on a free loopback port with the echo service, and an HTTP client by hand. Fails the test on unexpected errors in the log.</summary>
internal sealed class GrpcTestServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private GrpcTestServer(WebApplication app, EchoBehavior behavior, LogCollector logs)
    {
        _app = app;
        Behavior = behavior;
        Logs = logs;
        Address = new Uri(app.Urls.First());
        Caller = new RawCaller(Address);
    }

    public EchoBehavior Behavior { get; }

    public LogCollector Logs { get; }

    public Uri Address { get; }

    public RawCaller Caller { get; }

    public IServiceProvider Services => _app.Services;

    public WebApplication App => _app;

    public static async Task<GrpcTestServer> StartAsync(
        Action<GrpcServiceOptions>? options = null,
        Action<IServiceCollection>? services = null,
        Action<IEndpointRouteBuilder>? map = null,
        TimeProvider? timeProvider = null,
        HttpProtocols protocols = HttpProtocols.Http2,
        Action<ListenOptions>? listen = null,
        int port = 0)
    {
        var behavior = new EchoBehavior();
        var logs = new LogCollector();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(
            System.Net.IPAddress.Loopback, port, endpoint =>
            {
                endpoint.Protocols = protocols;
                listen?.Invoke(endpoint);
            }));
        builder.Logging.SetMinimumLevel(LogLevel.Debug).AddProvider(logs);
        builder.Services.AddSingleton(behavior);
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc(options);
        if (timeProvider is not null)
        {
            builder.Services.Replace(ServiceDescriptor.Singleton(timeProvider));
        }

        services?.Invoke(builder.Services);
        var app = builder.Build();
        app.UseRouting();
        if (map is null)
        {
            app.MapGrpcService<EchoService>();
        }
        else
        {
            map(app);
        }

        await app.StartAsync().WithinAsync();
        return new GrpcTestServer(app, behavior, logs);
    }

    public Task StopAsync() => _app.StopAsync().WithinAsync();

    public async ValueTask DisposeAsync()
    {
        Caller.Dispose();
        await _app.StopAsync().WithinAsync();
        await _app.DisposeAsync();
        Logs.AssertNoErrors();
    }
}
