using System.Diagnostics.CodeAnalysis;
using Rollcall.Consul;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Discovery.Consul.Internal;

namespace Rollcall.Discovery.Consul;

/// <summary>
/// What a target such as <c>consul://localhost:8500/demo?tag=v1&amp;policy=round_robin</c> says: where Consul is, which instances are
/// wanted, how to spread calls. Without a host (<c>consul:///demo</c>) the address is that of the environment. Immutable.
/// </summary>
public sealed class ConsulTarget
{
    /// <summary>The scheme of such targets.</summary>
    public const string Scheme = "consul";

    internal ConsulTarget(string? host, int? port, bool? tls, string? config, ServiceTarget service)
    {
        Host = host;
        Port = port;
        Tls = tls;
        Config = config;
        Service = service;
    }

    /// <summary>Consul's host; null: the environment says where Consul is.</summary>
    public string? Host { get; }

    /// <summary>Consul's port; null: 8500, or the environment's where there is no host.</summary>
    public int? Port { get; }

    /// <summary>Whether Consul is spoken to over TLS; null: as the environment says.</summary>
    public bool? Tls { get; }

    /// <summary>
    /// Whether the service config is followed in the KV store: <c>true</c> under the service's own key, <c>false</c> not, else the key. Null: as the
    /// options say.
    /// </summary>
    public string? Config { get; }

    /// <summary>What does not depend on where Consul is.</summary>
    public ServiceTarget Service { get; }

    /// <summary>The instances that are wanted.</summary>
    public ServiceQuery Query => Service.Query;

    /// <summary>The balancing policy; null: whoever uses the target decides.</summary>
    public string? Policy => Service.Policy;

    /// <summary>Reads a target.</summary>
    /// <param name="target">
    /// <c>consul://[host[:port]]/</c>, then what <see cref="ServiceTarget.Parse"/> reads; <c>tls</c> (true or false) and <c>config</c> (true, false,
    /// or a key of the KV store) are two more parameters.
    /// </param>
    /// <exception cref="FormatException">It can't be read; the message names the faulty part and shows a right one.</exception>
    public static ConsulTarget Parse(string target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return TryParse(target, out var parsed, out var fault) ? parsed : throw new FormatException(fault);
    }

    /// <summary>Reads a target.</summary>
    /// <param name="target">See <see cref="Parse"/>.</param>
    /// <param name="parsed">What it says.</param>
    /// <param name="fault">What is wrong with it, in words for a person.</param>
    public static bool TryParse(
        string? target, [NotNullWhen(true)] out ConsulTarget? parsed, [NotNullWhen(false)] out string? fault)
    {
        var reader = new ConsulTargetReader();
        parsed = reader.Read(target ?? "");
        fault = parsed is null ? reader.Fault : null;
        return parsed is not null;
    }

    /// <summary>The options for a client of the Consul that the target names.</summary>
    /// <param name="defaults">Taken over but for the address, and changed. Null: what the environment says.</param>
    public ConsulClientOptions ToClientOptions(ConsulClientOptions? defaults = null)
    {
        var options = defaults ?? new ConsulClientOptions();
        var tls = Tls ?? options.Address.Scheme == Uri.UriSchemeHttps;
        if (Host is not null)
        {
            options.Address = new UriBuilder(tls ? Uri.UriSchemeHttps : Uri.UriSchemeHttp, Host, Port ?? 8500).Uri;
        }
        else if (Tls is not null)
        {
            (options.Address, options.FurtherAddresses) = (WithScheme(options.Address), [.. options.FurtherAddresses.Select(WithScheme)]);
        }

        return options;

        Uri WithScheme(Uri address) => address.Scheme == "unix"
            ? address
            : new UriBuilder(address) { Scheme = tls ? Uri.UriSchemeHttps : Uri.UriSchemeHttp, Port = address.Port }.Uri;
    }

    /// <summary>Which service config is followed; null: none.</summary>
    /// <param name="otherwise">Whether that of the service is, when the target says nothing of it.</param>
    public ServiceConfigQuery? ToServiceConfigQuery(bool otherwise) => Config switch
    {
        null => otherwise ? new ServiceConfigQuery(Query.Name) : null,
        "true" or "1" => new ServiceConfigQuery(Query.Name),
        "false" or "0" => null,
        var key => new ServiceConfigQuery(Query.Name) { Key = key },
    };

    /// <summary>The target in its shortest form.</summary>
    public override string ToString()
    {
        var host = Host is null ? "" : Host.Contains(':') ? $"[{Host}]" : Host;
        var text = $"{Scheme}://{host}{(Port is { } port ? $":{port}" : "")}/{Service}";
        text = Tls is { } tls ? $"{text}{(text.Contains('?') ? '&' : '?')}tls={(tls ? "true" : "false")}" : text;
        return Config is { } config ? $"{text}{(text.Contains('?') ? '&' : '?')}config={Uri.EscapeDataString(config)}" : text;
    }
}
