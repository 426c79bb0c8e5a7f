using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Rollcall.Consul;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Discovery.Consul.Internal;

namespace Rollcall.Discovery.Consul;

/// <summary>
/// One <see cref="EndpointDirectory"/> per Consul and process, for callers that have no container to share one through, such as channels
/// made by hand from a <c>consul://</c> target. The only static state of the package, and counted: the last lease ends it. Thread-safe.
/// </summary>
public static class ConsulDirectories
{
    private static readonly Lock s_lock = new();

    // Guarded by s_lock, as are the counts in it.
    private static readonly Dictionary<Key, SharedDirectory> s_shared = [];

    /// <summary>A share in the directory for a Consul: the same one for equal addresses, token, password for a proxy, datacenter, namespace and certificates, and the same meter factory.</summary>
    /// <param name="options">Where Consul is. The first to acquire decides the times in it.</param>
    /// <param name="loggerFactory">The log of the first to acquire is used. Null: none.</param>
    /// <param name="meterFactory">Makes the meter that the directory is measured on. Null: <see cref="ProcessMeters"/>.</param>
    /// <exception cref="ArgumentException">The options have faults; the message lists them.</exception>
    public static DirectoryLease Acquire(ConsulClientOptions options, ILoggerFactory? loggerFactory = null, IMeterFactory? meterFactory = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var key = new Key(
            string.Join(' ', [options.Address, .. options.FurtherAddresses]), options.Token, options.Datacenter, options.Namespace, options.CaCertificatePath,
            options.ClientCertificatePath, options.ClientKeyPath, options.TlsServerName, options.SkipTlsVerification, options.HttpAuth,
            meterFactory ?? ProcessMeters.Instance);
        lock (s_lock)
        {
            if (!s_shared.TryGetValue(key, out var shared))
            {
                shared = new SharedDirectory(key, options, loggerFactory);
                s_shared.Add(key, shared);
            }
            shared.Leases++;
            return new DirectoryLease(shared);
        }
    }

    /// <summary>What all of them know at this moment, for dashboards and diagnostics.</summary>
    public static IReadOnlyList<DirectoryDescription> Describe()
    {
        EndpointDirectory[] directories;
        lock (s_lock)
        {
            directories = [.. s_shared.Values.Select(static s => s.Directory)];
        }

        return [.. directories.Select(static d => d.Describe())];
    }

    internal static async Task ReleaseAsync(SharedDirectory shared)
    {
        lock (s_lock)
        {
            if (--shared.Leases > 0)
            {
                return;
            }

            s_shared.Remove(shared.Key);
        }
        await shared.ServiceConfigs.DisposeAsync().ConfigureAwait(false);
        await shared.Directory.DisposeAsync().ConfigureAwait(false);
        shared.Client.Dispose();
    }

    internal sealed class SharedDirectory
    {
        public SharedDirectory(Key key, ConsulClientOptions options, ILoggerFactory? loggerFactory)
        {
            Key = key;
            Client = new ConsulClient(options);
            Directory = new EndpointDirectory(
                new ConsulEndpointSource(Client, loggerFactory: loggerFactory), loggerFactory: loggerFactory, meterFactory: key.Meters,
                sequences: new ConsulSequences(Client));
            ServiceConfigs = new ServiceConfigDirectory([new ConsulServiceConfigSource(Client)], loggerFactory: loggerFactory);
        }

        public Key Key { get; }

        public ConsulClient Client { get; }

        public EndpointDirectory Directory { get; }

        public ServiceConfigDirectory ServiceConfigs { get; }

        public int Leases { get; set; }
    }

    internal sealed record Key(
        string Addresses,
        string? Token,
        string? Datacenter,
        string? Namespace,
        string? CaCertificatePath,
        string? ClientCertificatePath,
        string? ClientKeyPath,
        string? TlsServerName,
        bool SkipTlsVerification,
        string? HttpAuth,
        IMeterFactory Meters)
    {
        // The generated one would print the token.
        public override string ToString() => $"consul at {Addresses}";
    }
}
