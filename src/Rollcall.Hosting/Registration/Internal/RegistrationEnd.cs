using Rollcall.Consul;

namespace Rollcall.Hosting.Registration;

/// <summary>
/// Deregisters what a host leaves behind that is disposed without having been stopped: one that failed to start, for instance. It needs the client, so that the
/// container disposes it before.
/// </summary>
internal sealed class RegistrationEnd(ConsulClient consul, ServiceRegistrations registrations) : IAsyncDisposable
{
    public ConsulClient Consul => consul;

    public async ValueTask DisposeAsync() => await Task.WhenAll(registrations.Loops.Select(EndAsync)).ConfigureAwait(false);

    private static async Task EndAsync(RegistrationLoop loop)
    {
        try
        {
            // A stopped host has tried already. This takes a few seconds at most, too.
            if (loop.State.Desired == RegistrationPresence.Registered)
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
