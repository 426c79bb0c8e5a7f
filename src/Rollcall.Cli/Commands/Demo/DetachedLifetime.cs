using Microsoft.Extensions.Hosting;

namespace Rollcall.Cli.Commands.Demo;

/// <summary>A host that no signal ends: the command decides when.</summary>
internal sealed class DetachedLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
