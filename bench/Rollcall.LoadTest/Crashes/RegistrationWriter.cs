using System.Diagnostics;
using System.Globalization;
using System.Net;
using Rollcall.Consul;
using Rollcall.Consul.Wire;

namespace Rollcall.LoadTest.Crashes;

/// <summary>Registers a service on the agent, and now and then takes it away. The agent has to have it after a start, and the catalog what the agent has.</summary>
internal sealed class RegistrationWriter(int number) : CrashWriter(number)
{
    private const int RegistrationsPerDeregistration = 4;
    private const int Ports = 60_000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    protected override Task WriteAsync(ConsulClient consul, CancellationToken cancel)
    {
        if (Step % RegistrationsPerDeregistration == 0)
        {
            return ChangeAsync(None, () => DeregisterAsync(consul, cancel));
        }

        var port = (int)(Step % Ports) + 1;
        return ChangeAsync(
            Describe(port),
            () => consul.Agent.RegisterAsync(new ServiceRegistration { Name = Name, Port = port, Check = new CheckDefinition { Ttl = "1h" } }, cancellationToken: cancel));
    }

    protected override async Task<(string State, IReadOnlyList<ulong> Indexes)> ReadAsync(ConsulClient consul, CancellationToken cancel)
    {
        var service = await consul.Agent.ServiceAsync(Name, cancel);
        var state = service.Value is { } found ? Describe(found.Port) : None;
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            // A kill may fall between the agent's own list and the catalog's; the agent then puts it right after the start.
            var instances = await consul.Catalog.ServiceAsync(Name, cancellationToken: cancel);
            var known = string.Join(' ', instances.Value.Select(static instance => Describe(instance.ServicePort)));
            if ((known.Length == 0 ? None : known) == state || Stopwatch.GetElapsedTime(started) > s_patience)
            {
                return ((known.Length == 0 ? None : known) == state ? state : $"{state} on the agent, {known} in the catalog", [instances.Index]);
            }
        }
    }

    private async Task DeregisterAsync(ConsulClient consul, CancellationToken cancel)
    {
        try
        {
            await consul.Agent.DeregisterAsync(Name, cancel);
        }
        catch (ConsulException exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            // The registration before was on its way at the kill, and was not made.
        }
    }

    private static string Describe(int port) => string.Create(CultureInfo.InvariantCulture, $"port {port}");
}
