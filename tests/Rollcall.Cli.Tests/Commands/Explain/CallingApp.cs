using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rollcall.Discovery.Http;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands.Explain;

/// <summary>A web application that calls services by name, and tells what it makes of them.</summary>
internal sealed class CallingApp : IAsyncDisposable
{
    private readonly WebApplication _app;

    private CallingApp(WebApplication app)
    {
        _app = app;
        Client = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient("shop");
    }

    public Uri Address => new(_app.Urls.First());

    /// <summary>Calls by name.</summary>
    public HttpClient Client { get; }

    public static async Task<CallingApp> StartAsync(Uri agent, Action<DiscoveryHandlerOptions>? configure = null, string? pattern = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "shop" });
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        builder.Services.AddConsulClient(o => (o.Address, o.Token) = (agent, null));
        builder.Services.AddServiceConfig();
        builder.Services.AddHttpClient("shop").AddServiceDiscovery(configure);
        var app = builder.Build();
        app.MapRollcallDiagnostics(pattern ?? RollcallEndpointRouteBuilderExtensions.DiagnosticsPattern);
        app.MapGet("/text", static () => "no JSON");
        app.MapPost("/post-only", static () => "posted");
        app.MapGet("/failing", static () => Results.StatusCode(500));
        await app.StartAsync().WithinAsync();
        return new CallingApp(app);
    }

    /// <summary>Calls a service, whatever it answers.</summary>
    public async Task CallAsync(string service)
    {
        using var response = await Client.GetAsync(new Uri($"http://{service}/v1/status/leader")).WithinAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
