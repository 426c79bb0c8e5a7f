using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rollcall.Hosting.Registration;
using Rollcall.TestKit;

namespace Rollcall.Hosting.Tests;

/// <summary>A web application on a free port that registers itself.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private bool _stopped;

    private TestHost(WebApplication app, LogCollector log) => (_app, Log) = (app, log);

    public LogCollector Log { get; }

    public IReadOnlyList<RegistrationState> States => _app.Services.GetRequiredService<ServiceRegistrations>().States;

    public RegistrationState State => Assert.Single(States);

    /// <summary>Builds and starts.</summary>
    /// <param name="registry">Where it registers.</param>
    /// <param name="name">The service.</param>
    /// <param name="configure">Its options.</param>
    /// <param name="services">More services.</param>
    /// <param name="address">Where the server listens; null: loopback.</param>
    /// <param name="handler">Answers every request.</param>
    public static async Task<TestHost> StartAsync(
        TestRegistry registry,
        string name,
        Action<ServiceRegistrationOptions>? configure = null,
        Action<IServiceCollection>? services = null,
        IPAddress? address = null,
        RequestDelegate? handler = null)
    {
        var log = new LogCollector();
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Logging.AddProvider(log);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(address ?? IPAddress.Loopback, 0));
        builder.Services.AddConsulClient(registry.Configure);
        builder.Services.AddServiceRegistration(name, o =>
        {
            o.DrainDelay = TimeSpan.Zero;
            configure?.Invoke(o);
        });
        builder.Services.AddHealthChecks().AddServiceRegistrationCheck();
        services?.Invoke(builder.Services);
        var app = builder.Build();
        app.Run(handler ?? (context => context.Response.WriteAsync("ok")));
        await app.StartAsync().WithinAsync();
        return new TestHost(app, log);
    }

    public Task<HealthReport> HealthAsync() => _app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

    /// <summary>Only the part of stopping in which the registrations end. What it does not wait for is done when the call returns.</summary>
    public Task DrainAsync() => _app.Services.GetServices<IHostedService>().OfType<RegistrationHostedService>().Single().StoppingAsync(default);

    public async Task StopAsync()
    {
        _stopped = true;
        await _app.StopAsync().WithinAsync(TimeSpan.FromSeconds(30));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopped)
        {
            await StopAsync();
        }

        await _app.DisposeAsync();
    }
}
