using System.Collections.Concurrent;

namespace Rollcall.Interop.Tests.Peers;

/// <summary>The foreign clients of a test class, each run once with all of its cases, when first asked for one of them.</summary>
public sealed class PeerClients
{
    private readonly ConcurrentDictionary<ForeignPeer, Lazy<Task<ClientResults>>> _results = new();

    internal async Task PassedAsync(ForeignPeer peer, OwnServer server, IReadOnlyCollection<string> cases, string name)
    {
        var results = await _results.GetOrAdd(peer, p => new(() => p.RunClientAsync(server.Target, cases, server.NoCallIsLeftAsync))).Value;
        var failure = results.Failure(name);
        Assert.True(failure is null, $"{name}:\n{failure}");
    }
}
