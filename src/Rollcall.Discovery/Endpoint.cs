using System.Collections.Frozen;
using System.Collections.Immutable;
using Rollcall.Discovery.Selecting;

namespace Rollcall.Discovery;

/// <summary>
/// One instance that can be called. Immutable. Two endpoints are equal when they are the same instance at the same address
/// (<see cref="Id"/>, <see cref="Host"/>, <see cref="Port"/>); tags, metadata and weight may differ.
/// </summary>
public sealed class Endpoint : IEquatable<Endpoint>
{
    private readonly int _hashCode;

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

    /// <summary>The node that it runs on; never used as a host.</summary>
    public string? Node { get; init; }

    /// <summary>The datacenter it runs in.</summary>
    public string? Datacenter { get; init; }

    /// <summary>The part of the datacenter that it runs in.</summary>
    /// <value>Default: what its metadata say of <see cref="EndpointMetadata.Zone"/>; null when they don't.</value>
    public string? Zone { get => field ?? Metadata.GetValueOrDefault(EndpointMetadata.Zone); init; }

    /// <inheritdoc/>
    public bool Equals(Endpoint? other) =>
        ReferenceEquals(this, other) || (other is not null && Id == other.Id && Port == other.Port && Host == other.Host);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Endpoint);

    /// <inheritdoc/>
    public override int GetHashCode() => _hashCode;

    /// <inheritdoc/>
    public override string ToString() => $"{Id} ({Authority})";
}
