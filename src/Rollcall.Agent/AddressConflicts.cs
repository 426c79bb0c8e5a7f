using System.Net;
using Rollcall.Agent.Go;

namespace Rollcall.Agent;

/// <summary>Finds an address and port that two of an agent's listeners were given, in Consul's words and order, before anything is listened on.</summary>
internal static class AddressConflicts
{
    /// <param name="options">The options.</param>
    /// <param name="client">Where HTTP listens.</param>
    /// <param name="advertise">What others are told.</param>
    /// <exception cref="ConsulAgentException">There is one.</exception>
    public static void Check(ConsulAgentOptions options, IReadOnlyList<IPAddress> client, string advertise)
    {
        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        Take("DNS", options.DnsPort, () => AgentAddresses.Dns(options, client));
        Take("HTTP", options.UnixSocket is null && options.Transport is null ? options.HttpPort : -1, () => client);
        Take("HTTPS", options.HttpsPort, () => AgentAddresses.Https(options, client));
        if (options.Source is null)
        {
            return;
        }

        // Nothing listens there, so it matters only to files, which may go to Consul next.
        var (lan, wan) = (IPAddress.Parse(advertise), IPAddress.Parse(AgentAddresses.Wan(options, advertise)));
        Take("RPC Advertise", options.ServerPort, () => [lan]);
        Take("Serf Advertise LAN", options.SerfLanPort, () => [lan]);
        Take("Serf Advertise WAN", options.SerfWanPort, () => [wan]);

        void Take(string name, int port, Func<IReadOnlyList<IPAddress>> addresses)
        {
            foreach (var address in port > 0 ? addresses() : [])
            {
                var text = GoAddress.Join(address.ToString(), port);
                if (!taken.TryAdd(text, name))
                {
                    throw new ConsulAgentException($"{name} address {text} already configured for {taken[text]}");
                }
            }
        }
    }
}
