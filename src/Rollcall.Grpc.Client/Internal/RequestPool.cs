using System.Collections.Concurrent;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>
/// Requests with a single message that were sent, for the next calls of the channel: message, content and headers are more than a tenth of
/// what a small call allocates. Thread-safe.
/// </summary>
internal sealed class RequestPool
{
    private const int MaxPooled = 1024;

    private readonly ConcurrentQueue<BufferedContent> _pooled = new();
    private int _count;

    /// <summary>How many there are at the moment.</summary>
    internal int Count => Volatile.Read(ref _count);

    public BufferedContent Rent(GrpcFrameBuffer frame, string? encoding)
    {
        if (_pooled.TryDequeue(out var content))
        {
            Interlocked.Decrement(ref _count);
        }
        else
        {
            content = new BufferedContent(this);
        }

        content.Fill(frame, encoding);
        return content;
    }

    /// <summary>Takes a request back that nothing reads any more.</summary>
    public void Return(BufferedContent content)
    {
        if (Interlocked.Increment(ref _count) <= MaxPooled)
        {
            _pooled.Enqueue(content);
        }
        else
        {
            Interlocked.Decrement(ref _count);
        }
    }
}
