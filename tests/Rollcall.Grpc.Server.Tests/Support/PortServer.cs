using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>An application as a user writes it, with the echo service and a page, on the endpoints that a test configures.</summary>
internal sealed class PortServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private PortServer(WebApplication app, LogCollector logs)
    {
        _app = app;
        Logs = logs;
        Addresses = [.. app.Urls.Select(url => new Uri(url))];
    }

    public LogCollector Logs { get; }

    public IReadOnlyList<Uri> Addresses { get; }

    public static async Task<PortServer> StartAsync(
        Action<WebApplicationBuilder> configure, TimeProvider? timeProvider = null, Action<WebApplication>? map = null)
    {
        var logs = new LogCollector();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Debug).AddProvider(logs);
        builder.Services.AddSingleton(new EchoBehavior());
        builder.Services.AddGrpc();
        if (timeProvider is not null)
        {
            builder.Services.Replace(ServiceDescriptor.Singleton(timeProvider));
        }

        configure(builder);
        var app = builder.Build();
        app.MapGrpcService<EchoService>();
        app.MapGet("/", context =>
        {
            context.Response.ContentLength = 4;
            return context.Response.WriteAsync("page");
        });
        map?.Invoke(app);
        await app.StartAsync().WithinAsync();
        return new PortServer(app, logs);
    }

    /// <summary>A call over HTTP/2 and a page over HTTP/1.1, both from one address.</summary>
    public static async Task AssertServesBothAsync(Uri address)
    {
        using var caller = new RawCaller(address);
        var reply = await caller.CallAsync(RawCaller.Unary, new EchoRequest { Text = "both" });
        Assert.Equal("both", Assert.Single(reply.Messages(EchoReply.Parser)).Text);
        using var http = new HttpClient();
        Assert.Equal("page", await http.GetStringAsync(address).WithinAsync());
    }

    public Task StopAsync() => _app.StopAsync().WithinAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().WithinAsync();
        await _app.DisposeAsync();
        Logs.AssertNoErrors();
    }
}
