using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Rollcall.Grpc.Server.Tests.Protocols.Browser;

/// <summary>The origin that the page comes from: serves it and takes its results.</summary>
internal sealed class BrowserPage : IAsyncDisposable
{
    private readonly TaskCompletionSource<Dictionary<string, string>> _results = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WebApplication _app;

    private BrowserPage()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        builder.Services.AddRouting();
        _app = builder.Build();
        _app.MapGet("/", () => Results.File(
            RepositoryRoot.Combine("tests", "Rollcall.Grpc.Server.Tests", "Protocols", "Browser", "page.html"), "text/html; charset=utf-8"));
        _app.MapPost("/results", (Dictionary<string, string> results) => _results.TrySetResult(results));
    }

    public string Origin => _app.Urls.First();

    public static async Task<BrowserPage> StartAsync()
    {
        var page = new BrowserPage();
        await page._app.StartAsync().WithinAsync();
        return page;
    }

    /// <summary>Opens the page in Chromium and gives what came of its calls, by name.</summary>
    public async Task<Dictionary<string, string>> RunAsync(Uri target)
    {
        await using var browser = Chromium.Open(new Uri($"{Origin}/?target={Uri.EscapeDataString(target.GetLeftPart(UriPartial.Authority))}"));
        try
        {
            return await _results.Task.WithinAsync(TimeSpan.FromSeconds(60));
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message}\n{browser.Error}", exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().WithinAsync();
        await _app.DisposeAsync();
    }
}
