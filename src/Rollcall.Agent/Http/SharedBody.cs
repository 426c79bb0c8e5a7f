using System.Text.Json;
using Rollcall.Agent.Http.Json;

namespace Rollcall.Agent.Http;

/// <summary>A body that is built at first use and then the same for everyone. Belongs to something immutable.</summary>
internal sealed class SharedBody
{
    private volatile byte[]? _bytes;

    public ReadOnlyMemory<byte> Get<T>(T state, Action<Utf8JsonWriter, T> write)
    {
        // Two threads may both build it: the same bytes, and cheaper than making one wait.
        return _bytes ??= JsonBody.Build(pretty: false, state, write).ToArray();
    }
}
