using System.Net;

namespace Rollcall.Hosting.Registration;

/// <summary>An address of this machine that others may reach.</summary>
/// <param name="Address">The address.</param>
/// <param name="IsRouted">Its interface has a default route.</param>
internal readonly record struct OwnAddress(IPAddress Address, bool IsRouted);
