using System.Text;
using Microsoft.Extensions.Options;
using Rollcall.Hosts;

namespace Rollcall.Hosting.Registration;

/// <summary>Finds every fault at once, so that a host that doesn't start has to be mended only once.</summary>
internal sealed class ServiceRegistrationOptionsValidator(IEnumerable<RegistrationName> names) : IValidateOptions<ServiceRegistrationOptions>
{
    internal const int MaxMetadata = 64;
    private const int MaxKey = 128;
    private const int MaxValue = 512;
    private static readonly TimeSpan s_maxDrainDelay = TimeSpan.FromDays(1);
    private static readonly TimeSpan s_minTtl = TimeSpan.FromSeconds(1);

    // A third of it is the limit of a check function, and no timer takes more than 49 days.
    private static readonly TimeSpan s_maxTtl = TimeSpan.FromDays(100);

    // Consul counts nanoseconds, and has room for 292 years of them.
    private static readonly TimeSpan s_maxTime = TimeSpan.FromDays(36_500);

    public ValidateOptionsResult Validate(string? name, ServiceRegistrationOptions options)
    {
        if (!names.Any(n => n.Name == name))
        {
            return ValidateOptionsResult.Skip;
        }

        var faults = new ValidateOptionsResultBuilder();
        options.Contradictions.ForEach(Add);
        if (string.IsNullOrWhiteSpace(options.Name))
        {
            Add("Name is empty: give the service a name.");
        }
        else if (IsStep(options.Name))
        {
            Add($"Name is '{options.Name}', which can't be asked for: in an address '.' and '..' mean a step. Give the service another name.");
        }

        if (options.Id is not null && string.IsNullOrWhiteSpace(options.Id))
        {
            Add("Id is empty: leave it null, or give an id that no other instance at the same agent has.");
        }
        else if (IsStep(options.Id))
        {
            Add($"Id is '{options.Id}', which can't be asked for: in an address '.' and '..' mean a step. Leave it null, or give another id.");
        }

        if (options.Address is { } address && (string.IsNullOrWhiteSpace(address) || EndpointResolver.IsWildcard(address)))
        {
            Add($"Address is '{address}', which nobody can call: leave it null to take the server's, or give a host name or an address of this machine.");
        }
        else if (options.Address is { } host && !RequestHost.IsUsable(host))
        {
            Add($"Address is '{host}': give a host name or an IP address alone, without scheme, port, path and brackets; the port goes to Port.");
        }

        if (options.Port is < 1 or > ushort.MaxValue)
        {
            Add($"Port is {options.Port}: leave it null to take the server's, or give one from 1 to 65535.");
        }

        if (options.Tags.Any(string.IsNullOrWhiteSpace))
        {
            Add("Tags has an empty one.");
        }

        Metadata(options, Add);
        foreach (var (port, number) in options.Ports)
        {
            if (port.Length == 0 || !port.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') || port is "lan" or "wan" or "lan_ipv4" or "wan_ipv4" or "lan_ipv6" or "wan_ipv6")
            {
                Add($"Ports has the name '{port}': use letters, digits, '-' and '_', and none of Consul's own (lan, wan, lan_ipv4, …).");
            }

            if (number is < 1 or > ushort.MaxValue)
            {
                Add($"Ports says {number} for '{port}': a port is from 1 to 65535.");
            }
        }

        if (options.Weights is { } weights && (weights.Passing is < 1 or > ushort.MaxValue || weights.Warning is < 0 or > ushort.MaxValue))
        {
            Add($"Weights is {weights.Passing} and {weights.Warning}: passing is from 1, warning from 0, both to 65535.");
        }

        if (options.DeregisterCriticalServiceAfter is { } after && (after <= TimeSpan.Zero || after > s_maxTime))
        {
            Add($"DeregisterCriticalServiceAfter is {after}: it must be above 0 and at most {s_maxTime.TotalDays} days, or null for never.");
        }

        if (options.DrainDelay < TimeSpan.Zero || options.DrainDelay > s_maxDrainDelay)
        {
            Add($"DrainDelay is {options.DrainDelay}: it must be from 0 to {s_maxDrainDelay.TotalDays} day.");
        }

        foreach (var check in options.Checks.Items)
        {
            Check(check, Add);
        }

        return faults.Build();

        void Add(string fault) => faults.AddError($"AddServiceRegistration(\"{name}\"): {fault}");
    }

    private static bool IsStep(string? segment) => segment is "." or "..";

    private static void Metadata(ServiceRegistrationOptions options, Action<string> add)
    {
        if (options.Metadata.Count > MaxMetadata)
        {
            add($"Metadata has {options.Metadata.Count} entries: Consul takes at most {MaxMetadata}.");
        }

        foreach (var (key, value) in options.Metadata)
        {
            if (key.Length is 0 or > MaxKey || !key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            {
                add($"Metadata has the key '{key}': Consul takes 1 to {MaxKey} letters, digits, '-' and '_'.");
            }
            else if (key.StartsWith("consul-", StringComparison.Ordinal))
            {
                add($"Metadata has the key '{key}': Consul keeps those that begin with 'consul-' for itself.");
            }

            // Consul counts bytes, whatever its messages say.
            if (value is null || Encoding.UTF8.GetByteCount(value) > MaxValue)
            {
                add($"Metadata '{key}' has {(value is null ? "no value" : $"a value of {Encoding.UTF8.GetByteCount(value)} bytes in UTF-8")}: Consul takes up to {MaxValue} bytes.");
            }
        }
    }

    private static void Check(ServiceCheck check, Action<string> add)
    {
        if (check.Kind == CheckKind.Ttl)
        {
            if (check.Ttl < s_minTtl || check.Ttl > s_maxTtl)
            {
                add($"A TTL check has {check.Ttl}: it must be from {s_minTtl} to {s_maxTtl.TotalDays} days.");
            }

            return;
        }

        if (check.Every <= TimeSpan.Zero || check.Timeout <= TimeSpan.Zero || check.Every > s_maxTime || check.Timeout > s_maxTime)
        {
            add($"The {check.Kind} check runs every {check.Every} with a timeout of {check.Timeout}: both must be above 0 and at most {s_maxTime.TotalDays} days.");
        }

        if (check.Kind == CheckKind.Http && !check.Target!.StartsWith('/')
            && !(Uri.TryCreate(check.Target, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"))
        {
            add($"An HTTP check has '{check.Target}': give a path that begins with '/', or a whole http:// or https:// URL.");
        }
    }
}
