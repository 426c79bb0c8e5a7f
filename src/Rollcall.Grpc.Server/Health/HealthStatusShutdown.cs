using Microsoft.Extensions.Hosting;

namespace Rollcall.Grpc.Server.Health;

/// <summary>Turns the health to NOT_SERVING as soon as the application stops, before the server does.</summary>
internal sealed class HealthStatusShutdown(GrpcHealthStatus status, IHostApplicationLifetime lifetime) : IHostedService
{
    private CancellationTokenRegistration _registration;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _registration = lifetime.ApplicationStopping.Register(status.ShutDown);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _registration.Dispose();
        return Task.CompletedTask;
    }
}
