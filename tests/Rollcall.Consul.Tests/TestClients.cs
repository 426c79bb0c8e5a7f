namespace Rollcall.Consul.Tests;

/// <summary>Clients that take nothing from the environment of the test run.</summary>
internal static class TestClients
{
    public static ConsulClient For(Uri address, Action<ConsulClientOptions>? configure = null) => new(Options(address, configure));

    public static ConsulClientOptions Options(Uri address, Action<ConsulClientOptions>? configure = null)
    {
        var options = ConsulClientOptions.FromEnvironment(_ => null);
        options.Address = address;
        options.MinQueryInterval = TimeSpan.FromMilliseconds(1);
        configure?.Invoke(options);
        return options;
    }
}
