using System.Buffers;
using Grpc.Core;

namespace Rollcall.Grpc;

/// <summary>
/// Messages to frames and back, by the marshallers of generated code. The contexts they see are kept per thread, so that a message costs
/// no allocation beyond its own. Thread-safe.
/// </summary>
public static class GrpcSerializer
{
    /// <summary>Writes a message with its prefix, uncompressed, straight to a buffer writer.</summary>
    /// <returns>Bytes of prefix and payload.</returns>
    /// <exception cref="RpcException">ResourceExhausted: the message is larger than <paramref name="maxMessageBytes"/>.</exception>
    /// <exception cref="InvalidOperationException">The marshaller did not keep its contract.</exception>
    public static int Serialize<T>(Marshaller<T> marshaller, T message, IBufferWriter<byte> output, int maxMessageBytes)
    {
        ArgumentNullException.ThrowIfNull(marshaller);
        ArgumentNullException.ThrowIfNull(output);
        var context = FrameSerializationContext.Rent(output, maxMessageBytes);
        try
        {
            marshaller.ContextualSerializer(message, context);
            return context.Finish();
        }
        finally
        {
            context.Return();
        }
    }

    /// <summary>Writes a message with its prefix, uncompressed, to an array from the pool.</summary>
    /// <returns>The frame, which the caller disposes.</returns>
    /// <exception cref="RpcException">ResourceExhausted: the message is larger than <paramref name="maxMessageBytes"/>.</exception>
    /// <exception cref="InvalidOperationException">The marshaller did not keep its contract.</exception>
    public static GrpcFrameBuffer SerializeToBuffer<T>(Marshaller<T> marshaller, T message, int maxMessageBytes)
    {
        ArgumentNullException.ThrowIfNull(marshaller);
        var context = FrameSerializationContext.Rent(null, maxMessageBytes);
        try
        {
            marshaller.ContextualSerializer(message, context);
            return context.FinishBuffer();
        }
        finally
        {
            context.Return();
        }
    }

    /// <summary>Reads a message from the payload of a frame that is not, or no longer, compressed.</summary>
    /// <remarks>What the marshaller throws comes through: a message that can't be parsed is its exception.</remarks>
    public static T Deserialize<T>(Marshaller<T> marshaller, in ReadOnlySequence<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(marshaller);
        var context = PayloadDeserializationContext.Rent(payload);
        try
        {
            return marshaller.ContextualDeserializer(context);
        }
        finally
        {
            context.Return();
        }
    }
}
