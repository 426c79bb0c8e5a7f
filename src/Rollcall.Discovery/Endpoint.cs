using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using Rollcall.Discovery.Selecting;

namespace Rollcall.Discovery;

/// <summary>
/// One instance that can be called. Immutable. Two endpoints are equal when they are the same instance at the same address
/// (<see cref="Id"/>, <see cref="Host"/>, <see cref="Port"/>); tags, metadata and weight may differ.
/// </summary>
public sealed class Endpoint : IEquatable<Endpoint>
{
    private readonly int _hashCode;

    // Made when somebody asks for one, and then the same for everybody: lists are compared by their objects.
    private ConcurrentDictionary<string, Endpoint?>? _atPorts;

    /// <param name="id">The instance's id, unique within its service.</param>
    /// <param name="host">A host name or an address, without brackets.</param>
    /// <param name="port">From 1 to 65535.</param>
    public Endpoint(string id, string host, int port)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        ArgumentException.ThrowIfNullOrEmpty(host);
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue);
        Id = id;
        Host = host;
        Port = port;
        Authority = host.Contains(':') ? $"[{host}]:{port}" : $"{host}:{port}";
        _hashCode = HashCode.Combine(id, host, port);
    }

    /// <summary>The instance's id.</summary>
    public string Id { get; }

    /// <summary>Host name or address, without brackets.</summary>
    public string Host { get; }

    /// <summary>TCP port.</summary>
    public int Port { get; }

    /// <summary><c>host:port</c>, an IPv6 address in brackets.</summary>
    public string Authority { get; }

    /// <summary>The service it belongs to; empty for a fixed address.</summary>
    public string ServiceName { get; init; } = "";

    /// <summary>Relative share of the calls for policies that weigh. Default 1; 0 takes none.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Tags as registered.</summary>
    public ImmutableArray<string> Tags { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Metadata as registered.</summary>
    public FrozenDictionary<string, string> Metadata { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>Where else it can be called, by name: a port for metrics, an address in another network. Default nowhere.</summary>
    /// <seealso cref="At"/>
    public FrozenDictionary<string, EndpointAddress> Addresses { get; init; } = FrozenDictionary<string, EndpointAddress>.Empty;

    /// <summary>The node that it runs on; never used as a host.</summary>
    public string? Node { get; init; }

    /// <summary>The datacenter it runs in.</summary>
    public string? Datacenter { get; init; }

    /// <summary>The part of the datacenter that it runs in.</summary>
    /// <value>Default: what its metadata say of <see cref="EndpointMetadata.Zone"/>; null when they don't.</value>
    public string? Zone { get => field ?? Metadata.GetValueOrDefault(EndpointMetadata.Zone); init; }

    /// <summary>
    /// The same instance at another of its ports: that of its <see cref="Addresses"/> with this name, or the port that its metadata tell
    /// (<see cref="EndpointMetadata.PortPrefix"/> and the name). The same object each time. Null: it has none of this name.
    /// </summary>
    public Endpoint? At(string port)
    {
        ArgumentException.ThrowIfNullOrEmpty(port);
        var made = _atPorts ?? Interlocked.CompareExchange(ref _atPorts, new(StringComparer.Ordinal), null) ?? _atPorts;
        return made.GetOrAdd(port, static (name, self) => self.MakeAt(name), this);
    }

    /// <inheritdoc/>
    public bool Equals(Endpoint? other) =>
        ReferenceEquals(this, other) || (other is not null && Id == other.Id && Port == other.Port && Host == other.Host);

    /// <summary>
    /// Whether an equal endpoint has the same tags, metadata, weight, addresses and so on, too: nothing that a caller could go by has changed.
    /// </summary>
    public bool HasSameDetails(Endpoint? other) =>
        Equals(other)
        && Weight == other!.Weight
        && ServiceName == other.ServiceName
        && Node == other.Node
        && Datacenter == other.Datacenter
        && Zone == other.Zone
        && Tags.AsSpan().SequenceEqual(other.Tags.AsSpan())
        && AreSame(Metadata, other.Metadata)
        && AreSame(Addresses, other.Addresses);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Endpoint);

    /// <inheritdoc/>
    public override int GetHashCode() => _hashCode;

    private static bool AreSame<T>(FrozenDictionary<string, T> one, FrozenDictionary<string, T> other)
        where T : IEquatable<T>
    {
        if (one.Count != other.Count)
        {
            return false;
        }

        foreach ((var key, var value) in one)
        {
            if (!other.TryGetValue(key, out var there) || !value.Equals(there))
            {
                return false;
            }
        }

        return true;
    }

    private Endpoint? MakeAt(string name)
    {
        var address = Addresses.TryGetValue(name, out var named) ? named
            : Metadata.TryGetValue(EndpointMetadata.PortPrefix + name, out var text)
                && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= ushort.MaxValue ? new EndpointAddress(Host, port)
            : null;
        return address is null ? null : new Endpoint(Id, address.Host, address.Port)
        {
            ServiceName = ServiceName,
            Weight = Weight,
            Tags = Tags,
            Metadata = Metadata,
            Node = Node,
            Datacenter = Datacenter,
            Zone = Zone,
        };
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Id} ({Authority})";
}
