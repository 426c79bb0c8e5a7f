using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.Discovery;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Faults;

/// <summary>
/// An instance that things are done to, under two names: one by the port of gRPC and HTTP/2, one by that of HTTP/1.1. It has no checks, so the registry
/// never learns that something is wrong with it: whatever its callers do about it they do by themselves.
/// </summary>
internal sealed class FaultyInstance : IDisposable
{
    /// <summary>All instances, the one at fault among them.</summary>
    public const string Service = "bench-faults";

    /// <summary>The instances that nothing is done to.</summary>
    public const string ControlService = "bench-faults-control";

    private const string Http1Suffix = "-http1";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly ServerProcess _process;
    private readonly Uri _http2;
    private readonly Uri _http1;

    private FaultyInstance(ServerProcess process, Uri http2, Uri http1)
    {
        _process = process;
        _http2 = http2;
        _http1 = http1;
    }

    /// <param name="services">The names that it is registered under.</param>
    /// <param name="consul">Where.</param>
    /// <param name="cancel">Gives up.</param>
    public static async Task<FaultyInstance> StartAsync(string[] services, ConsulClient consul, CancellationToken cancel)
    {
        var process = ServerProcess.StartSelf(FaultyServer.Command);
        var instance = new FaultyInstance(process, new(await process.ReadLineAsync(s_patience)), new(await process.ReadLineAsync(s_patience)));
        foreach (var service in services)
        {
            await RegisterAsync(service, instance._http2);
            await RegisterAsync(Http1(service), instance._http1);
        }

        return instance;

        Task RegisterAsync(string name, Uri address) => consul.Agent.RegisterAsync(
            new ServiceRegistration { Id = IdOf(name, address), Name = name, Address = address.Host, Port = address.Port }, cancellationToken: cancel);
    }

    /// <summary>The name of a service by its HTTP/1.1 ports.</summary>
    public static string Http1(string service) => service + Http1Suffix;

    /// <summary>Whether an attempt went there.</summary>
    public bool Is(Endpoint endpoint) => endpoint.Port == _http2.Port || endpoint.Port == _http1.Port;

    public void Inject(Fault fault)
    {
        switch (fault)
        {
            case Fault.Killed:
                _process.Kill();
                break;
            case Fault.Paused:
                _process.Pause();
                break;
            default:
                _process.WriteLine(fault.ToString());
                break;
        }
    }

    /// <summary>Ends a fault. One that was killed is dead, and is taken out of the registry.</summary>
    public async Task CureAsync(Fault fault, ConsulClient consul, CancellationToken cancel)
    {
        switch (fault)
        {
            case Fault.Killed:
                await consul.Agent.DeregisterAsync(IdOf(Service, _http2), cancel);
                await consul.Agent.DeregisterAsync(IdOf(Http1(Service), _http1), cancel);
                break;
            case Fault.Paused:
                _process.Resume();
                break;
            default:
                _process.WriteLine("none");
                break;
        }
    }

    public void Dispose() => _process.Dispose();

    private static string IdOf(string name, Uri address) => $"{name}-{address.Port}";
}
