using System.Globalization;
using Rollcall.Consul.Wire;
using Rollcall.Hosts;

namespace Rollcall.Cli.Commands.Explain;

/// <summary>An entry of the registry, by the address that callers use.</summary>
/// <param name="Entry">As the registry has it.</param>
/// <param name="Id">Its id; the service's name if it has none.</param>
/// <param name="Host">Without brackets; empty if it has none.</param>
internal sealed record RegisteredInstance(HealthServiceEntry Entry, string Id, string Host)
{
    public int Port => Entry.Service.Port;

    /// <summary>Whether the host is a name or an address; Consul takes any text for it.</summary>
    public bool HasHost => RequestHost.IsUsable(Host);

    /// <summary>Whether anybody could call it.</summary>
    public bool HasAddress => HasHost && Port is >= 1 and <= ushort.MaxValue;

    /// <summary><c>host:port</c>.</summary>
    public string Authority => string.Create(CultureInfo.InvariantCulture, $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");

    public static RegisteredInstance Of(HealthServiceEntry entry)
    {
        var host = entry.Service.Address.Length > 0 ? entry.Service.Address : entry.Node.Address;
        return new RegisteredInstance(
            entry,
            entry.Service.Id.Length > 0 ? entry.Service.Id : entry.Service.Service,
            host is ['[', .. var inner, ']'] ? inner : host);
    }
}
