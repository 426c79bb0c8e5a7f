namespace Rollcall.Consul.Wire;

/// <summary>One entry of <c>TaggedAddresses</c> of a service.</summary>
public sealed record ServiceAddress
{
    public string Address { get; init; } = "";

    public int Port { get; init; }
}
