using System.Net;

namespace Rollcall.Agent.Configuration;

/// <summary>An address of this machine.</summary>
/// <param name="Interface">Its interface's name.</param>
/// <param name="Address">The address.</param>
/// <param name="IsRouted">Whether other networks are reached from there.</param>
internal readonly record struct MachineAddress(string Interface, IPAddress Address, bool IsRouted);
