namespace Rollcall.Discovery;

/// <summary>Where an instance can be called besides its own address. Immutable.</summary>
public sealed record EndpointAddress
{
    /// <param name="host">A host name or an address, without brackets.</param>
    /// <param name="port">From 1 to 65535.</param>
    public EndpointAddress(string host, int port)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue);
        (Host, Port) = (host, port);
    }

    /// <summary>Host name or address, without brackets.</summary>
    public string Host { get; }

    /// <summary>TCP port.</summary>
    public int Port { get; }
}
