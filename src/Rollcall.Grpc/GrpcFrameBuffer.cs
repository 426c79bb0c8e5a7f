using System.Buffers;

namespace Rollcall.Grpc;

/// <summary>
/// One framed message in an array from the shared pool. The owner disposes it exactly once, after the last use of its memory; a copy of
/// this value is the same buffer.
/// </summary>
public readonly struct GrpcFrameBuffer : IDisposable
{
    internal GrpcFrameBuffer(byte[] array, int length)
    {
        Array = array;
        Length = length;
    }

    /// <summary>The rented array: prefix and payload from index 0. Longer than <see cref="Length"/>.</summary>
    public byte[] Array { get; }

    /// <summary>Bytes of prefix and payload.</summary>
    public int Length { get; }

    /// <summary>Prefix and payload.</summary>
    public ReadOnlyMemory<byte> Frame => Array.AsMemory(0, Length);

    /// <summary>The payload alone.</summary>
    public ReadOnlyMemory<byte> Payload => Array.AsMemory(GrpcFraming.PrefixLength, Length - GrpcFraming.PrefixLength);

    /// <summary>Returns the array to the pool.</summary>
    public void Dispose()
    {
        if (Array is not null)
        {
            ArrayPool<byte>.Shared.Return(Array);
        }
    }
}
