using System.Net.NetworkInformation;
using Rollcall.Hosts;

namespace Rollcall.Discovery.Balancing.Internal;

/// <summary>The address of this machine by which others may tell it from other machines.</summary>
internal static class MachineAddress
{
    /// <summary>The address, or the machine's name.</summary>
    public static string Find()
    {
        try
        {
            return Choose(OwnAddress.All()) ?? Environment.MachineName;
        }
        catch (NetworkInformationException)
        {
            // The system does not tell: the name is as good.
            return Environment.MachineName;
        }
    }

    /// <summary>
    /// One whose interface has a default route: those of bridges for containers are the same on every machine (Docker's is 172.17.0.1). Where none has one, any that is
    /// usable, and always the same of several.
    /// </summary>
    /// <returns>Null: there is none.</returns>
    public static string? Choose(IEnumerable<OwnAddress> addresses) =>
        OwnAddress.Usable(addresses.OrderBy(static own => own.Address.ToString(), StringComparer.Ordinal)) is [var best, ..] ? best.Address.ToString() : null;
}
