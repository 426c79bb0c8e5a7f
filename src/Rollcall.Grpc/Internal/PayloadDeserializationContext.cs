using System.Buffers;
using Grpc.Core;

namespace Rollcall.Grpc;

/// <summary>Shows a marshaller one payload. One per thread is kept; a nested use makes its own.</summary>
internal sealed class PayloadDeserializationContext : DeserializationContext
{
    [ThreadStatic]
    private static PayloadDeserializationContext? s_cached;

    private ReadOnlySequence<byte> _payload;

    public override int PayloadLength => (int)_payload.Length;

    public static PayloadDeserializationContext Rent(in ReadOnlySequence<byte> payload)
    {
        var context = s_cached ?? new PayloadDeserializationContext();
        s_cached = null;
        context._payload = payload;
        return context;
    }

    public void Return()
    {
        _payload = default;
        s_cached = this;
    }

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => _payload;
}
