namespace Rollcall.Discovery.Http;

/// <summary>A response's stream that ends its call's lease at its end. Writable where the inner one is (upgraded connections).</summary>
/// <param name="inner">The response's own stream.</param>
/// <param name="length">With which byte it ends; null: with none, there is something to read after the last one, or the length is not known.</param>
/// <param name="content">Whose lease ends.</param>
internal sealed class LeasedStream(Stream inner, long? length, LeasedContent content) : Stream
{
    private long _read;

    public override bool CanRead => inner.CanRead;

    public override bool CanSeek => false;

    public override bool CanWrite => inner.CanWrite;

    public override bool CanTimeout => inner.CanTimeout;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        try
        {
            return Seen(inner.Read(buffer), buffer.Length);
        }
        catch (Exception e)
        {
            Broken(e);
            throw;
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return Seen(await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false), buffer.Length);
        }
        catch (Exception e)
        {
            Broken(e);
            throw;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        try
        {
            await inner.CopyToAsync(destination, bufferSize, cancellationToken).ConfigureAwait(false);
            content.Complete();
        }
        catch (Exception e)
        {
            Broken(e);
            throw;
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer) => inner.Write(buffer);

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        inner.WriteAsync(buffer, offset, count, cancellationToken);

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        content.Break(null, cancelled: true);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            content.Break(null, cancelled: true);
        }
        base.Dispose(disposing);
    }

    private int Seen(int count, int wanted)
    {
        // Whoever knows the length reads so much and no further. Reading nothing into nothing is a way to wait for data, not the end.
        _read += count;
        if (_read == length || (count == 0 && wanted > 0))
        {
            content.Complete();
        }

        return count;
    }

    private void Broken(Exception e) => content.Break(e, e is OperationCanceledException);
}
