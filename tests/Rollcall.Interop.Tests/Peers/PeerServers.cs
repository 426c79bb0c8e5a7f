using System.Collections.Concurrent;
using Rollcall.TestKit;

namespace Rollcall.Interop.Tests.Peers;

/// <summary>The foreign servers of a test class, each started when first asked for.</summary>
public sealed class PeerServers : IAsyncLifetime
{
    private readonly ConcurrentDictionary<ForeignPeer, Lazy<Task<(ChildProcess Process, string Target)>>> _servers = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var server in _servers.Values.Select(s => s.Value).Where(s => s.IsCompletedSuccessfully))
        {
            await (await server).Process.DisposeAsync();
        }
    }

    internal async Task<string> GetTargetAsync(ForeignPeer peer) =>
        (await _servers.GetOrAdd(peer, static p => new(p.StartServerAsync)).Value).Target;
}
