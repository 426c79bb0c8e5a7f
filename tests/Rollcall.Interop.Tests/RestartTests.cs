using Rollcall.Interop.Tests.Peers;
using Rollcall.TestKit;

namespace Rollcall.Interop.Tests;

/// <summary>Servers of this repository that stop and come back under load, called by a client that repeats no call that a server may have begun.</summary>
public class RestartTests
{
    private const int CallsBetweenRestarts = 300;

    [RequiresPythonGrpcFact]
    public Task CalledByPython_NoCallFails() => NoCallFailsAsync(ForeignPeer.Python, "empty_unary", 10_000);

    [RequiresNodeGrpcTheory]
    [InlineData("empty_unary", 10_000)]
    [InlineData("ping_pong", 4_000)]
    public Task CalledByNode_NoCallFails(string name, int count) => NoCallFailsAsync(ForeignPeer.Node, name, count);

    private static async Task NoCallFailsAsync(ForeignPeer peer, string name, int count)
    {
        // Nobody else gets these ports while their server is away.
        OwnServer[] servers = [await StartAsync(FreePort.Next()), await StartAsync(FreePort.Next())];
        var calls = peer.RunClientAsync($"ipv4:{servers[0].Target},{servers[1].Target}", name, count);
        var restarts = 0;
        while (await InUseAsync(servers, calls) is { } used)
        {
            await servers[used].DisposeAsync();
            servers[used] = await StartAsync(servers[used].Port);
            restarts++;
        }

        await calls;
        Assert.True(restarts > 5, $"{restarts} restarts");
        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }
    }

    /// <summary>The server that has got the next calls; null when there will be none.</summary>
    private static async Task<int?> InUseAsync(OwnServer[] servers, Task calls)
    {
        int[] before = [.. servers.Select(server => server.Calls)];
        var used = -1;
        await Eventually.TrueAsync(
            () =>
            {
                used = Array.FindIndex(servers, server => server.Calls > before[Array.IndexOf(servers, server)] + CallsBetweenRestarts);
                return used >= 0 || calls.IsCompleted;
            },
            TimeSpan.FromSeconds(60));
        return calls.IsCompleted ? null : used;
    }

    private static async Task<OwnServer> StartAsync(int port)
    {
        var server = new OwnServer { Port = port };
        await server.InitializeAsync();
        return server;
    }
}
