using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Rollcall.Agent.Http;

/// <summary>
/// What was asked for with <c>cached</c> before. State in memory needs no cache, but who asks for one is told whether he was the first, as by Consul.
/// Safe for use by many threads.
/// </summary>
internal sealed class CachedReads
{
    // Further ones make it begin anew.
    private const int MostReads = 4096;

    // By their hashes: names are long, and tokens are in them.
    private readonly ConcurrentDictionary<UInt128, bool> _asked = new();

    /// <param name="request">Who asks.</param>
    /// <param name="body">What of its body says what it is about.</param>
    /// <returns>True: somebody asked for the same before.</returns>
    public bool Ask(AgentRequest request, string body = "")
    {
        var query = request.Query;
        var read = string.Join('\n', (string[])[
            request.Path, request.Secret, body, query["filter"], query["limit"], query["connect"], query["compile-dc"], .. query.All("tag").Order(StringComparer.Ordinal), .. query.All("node-meta")]);
        var hash = BinaryPrimitives.ReadUInt128LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(read)));
        if (_asked.Count >= MostReads && !_asked.ContainsKey(hash))
        {
            _asked.Clear();
        }

        return !_asked.TryAdd(hash, true);
    }
}
