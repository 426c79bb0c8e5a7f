using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Agents;

/// <summary>Starts the agents that are compared, each in a process of its own.</summary>
internal static class AgentStarts
{
    /// <param name="directory">Where it keeps its state; null: in memory.</param>
    public static async Task<AgentUnderLoad> RollcallAsync(string? directory)
    {
        var dns = FreePorts(1)[0];
        var (process, address) = await AgentServer.StartAsync(dataDirectory: directory, dnsPort: dns);
        return new AgentUnderLoad("rollcall", process, address, new IPEndPoint(IPAddress.Loopback, dns));
    }

    /// <param name="path">The consul binary.</param>
    /// <param name="directory">Where it keeps its state, as a server on its own; null: in memory, as <c>-dev</c>.</param>
    /// <param name="cancel">Gives up waiting for it.</param>
    public static async Task<AgentUnderLoad> ConsulAsync(string path, string? directory, CancellationToken cancel)
    {
        var ports = FreePorts(6);
        string[] mode = directory is null ? ["-dev"] : ["-server", "-bootstrap-expect=1", $"-data-dir={directory}"];
        var process = ServerProcess.Start(
            path,
            [
                "agent", .. mode, "-bind=127.0.0.1", "-client=127.0.0.1", "-node=bench", "-disable-host-node-id", "-log-level=err",
                $"-http-port={ports[0]}", $"-dns-port={ports[1]}", $"-server-port={ports[2]}", $"-serf-lan-port={ports[3]}", $"-serf-wan-port={ports[4]}",
                $"-grpc-port={ports[5]}",

                // Room for the watchers: by default it refuses above 200 connections, and it does not start with more than the system lets it open.
                "-hcl", "limits { http_max_conns_per_client = 8000 }",
            ]).DiscardOutput();
        var agent = new AgentUnderLoad(
            "consul", process, new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ports[0]}")), new IPEndPoint(IPAddress.Loopback, ports[1]));
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                if (await agent.Http.GetStringAsync("status/leader", patience.Token) is { Length: > 4 }
                    && await agent.Http.GetStringAsync("catalog/service/consul", patience.Token) is { Length: > 4 })
                {
                    return agent;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet, or without a leader.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
        }
    }

    /// <summary>Starts the published command, in memory, and does not wait for it.</summary>
    public static AgentUnderLoad Published(string path)
    {
        var ports = FreePorts(2);
        var process = ServerProcess.Start(
            path, ["agent", "-dev", "-node=bench", $"-http-port={ports[0]}", $"-dns-port={ports[1]}", "-log-level=err"]).DiscardOutput();
        return new AgentUnderLoad(
            "published", process, new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ports[0]}")), new IPEndPoint(IPAddress.Loopback, ports[1]));
    }

    /// <summary>Registers as soon as it is let.</summary>
    public static async Task RegisterFirstAsync(AgentUnderLoad agent, byte[] instance, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                await agent.SendAsync(HttpMethod.Put, "agent/service/register", instance);
                break;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, patience.Token);
        }
    }

    private static int[] FreePorts(int count)
    {
        // All are held until all are known, so that no two are the same.
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(l => l.Start());
        var ports = listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port).ToArray();
        listeners.ForEach(l => l.Dispose());
        return ports;
    }
}
