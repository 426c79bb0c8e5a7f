using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Rollcall.Agent.Dns;

/// <summary>Listens for DNS by UDP and TCP on one port. Safe for use by many threads. Dispose stops it.</summary>
internal sealed partial class DnsServer : IAsyncDisposable
{
    // Ports that are free for one of both and taken for the other are rare.
    private const int FreePortTries = 20;

    private readonly DnsUdpListener _udp;
    private readonly DnsTcpListener _tcp;
    private readonly DnsForwarder _forwarder;

    private DnsServer(Socket udp, Socket tcp, DnsResponder responder, DnsForwarder forwarder, ILogger logger, TimeProvider time)
    {
        EndPoint = (IPEndPoint)udp.LocalEndPoint!;
        _forwarder = forwarder;
        var recursive = new RecursiveAnswers(responder, forwarder);
        _udp = new DnsUdpListener(udp, responder, recursive, logger);
        _tcp = new DnsTcpListener(tcp, responder, recursive, logger, time);
    }

    /// <summary>Where it listens, with the real port.</summary>
    public IPEndPoint EndPoint { get; }

    /// <param name="options">The agent's options.</param>
    /// <param name="address">Where to listen.</param>
    /// <param name="port">The port; 0: any free one.</param>
    /// <param name="node">What is answered from.</param>
    /// <param name="recursors">Servers that are asked for names outside the zone.</param>
    /// <param name="loggers">Where it logs to.</param>
    /// <exception cref="ConsulAgentException">The port can't be listened on, or an option makes no sense.</exception>
    public static DnsServer Start(ConsulAgentOptions options, IPAddress address, int port, AgentNode node, IReadOnlyList<IPEndPoint> recursors, ILoggerFactory loggers)
    {
        var settings = new DnsSettings(options.Dns, node.Identity);
        var logger = loggers.CreateLogger<DnsServer>();
        var responder = new DnsResponder(new DnsCatalog(node.Store, node.Acl), node.Identity, settings, options.TimeProvider);
        var (udp, tcp) = Listen(address, port);
        return new DnsServer(udp, tcp, responder, new DnsForwarder(recursors, settings, logger, options.TimeProvider), logger, options.TimeProvider);
    }

    public async ValueTask DisposeAsync()
    {
        await _udp.DisposeAsync().ConfigureAwait(false);

        // Before the connections, which may be waiting for it.
        await _forwarder.DisposeAsync().ConfigureAwait(false);
        await _tcp.DisposeAsync().ConfigureAwait(false);
    }

    private static (Socket Udp, Socket Tcp) Listen(IPAddress address, int port)
    {
        for (var left = FreePortTries; ; left--)
        {
            var tcp = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            var udp = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                if (address.Equals(IPAddress.IPv6Any))
                {
                    // All addresses are those of both families, as for HTTP.
                    tcp.DualMode = udp.DualMode = true;
                }

                tcp.Bind(new IPEndPoint(address, port));
                udp.Bind(new IPEndPoint(address, ((IPEndPoint)tcp.LocalEndPoint!).Port));
                tcp.Listen();
                return (udp, tcp);
            }
            catch (SocketException exception)
            {
                tcp.Dispose();
                udp.Dispose();
                if (port == 0 && left > 1 && exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
                {
                    continue;
                }

                throw new ConsulAgentException(
                    $"DNS port {port} on {address} can't be listened on ({exception.Message}). " + exception.SocketErrorCode switch
                    {
                        SocketError.AddressAlreadyInUse => "Perhaps another agent has it: choose another with DnsPort (-dns-port), 0 for any free one, -1 for none.",
                        SocketError.AccessDenied => "Low ports are the system's: set DnsPort (-dns-port) to one from 1024 on.",
                        _ => "Set ClientAddress (-client) to an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all.",
                    },
                    exception);
            }
        }
    }
}
