using Rollcall.Consul;

namespace Rollcall.Hosting.Registration;

/// <summary>
/// Deregisters what a host leaves behind: one that is disposed without having been stopped, because it failed to start for instance, that had no time for it when
/// it was stopped, or whose agent could not be reached then. It needs the client, so that the container disposes it before.
/// </summary>
internal sealed class RegistrationEnd(ConsulClient consul, ServiceRegistrations registrations) : IAsyncDisposable
{
    public ConsulClient Consul => consul;

    public async ValueTask DisposeAsync() => await Task.WhenAll(registrations.Loops.Select(EndAsync)).ConfigureAwait(false);

    private static async Task EndAsync(RegistrationLoop loop)
    {
        try
        {
            // A stopped host has tried, and the agent may be there again since. This takes a few seconds at most, too.
            if (loop.State.Actual != RegistrationPresence.Absent)
            {
                await loop.DeregisterAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (ObjectDisposedException)
        {
            // The client is the application's own, and gone: the instance's check has to go critical.
        }
        finally
        {
            await loop.DisposeAsync().ConfigureAwait(false);
        }
    }
}
