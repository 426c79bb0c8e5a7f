using System.Buffers.Binary;
using System.Net.Sockets;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>A server's first bytes on a connection: SETTINGS, or that it serves nothing on it (RFC 9113 3.4, 6.8).</summary>
internal static class ServerGreeting
{
    // A stream and an error code, eight bytes about stream 0.
    private const int GoAwaySize = 17;
    private const int GoAwayCodeOffset = 13;

    private static ReadOnlySpan<byte> GoAwayHeader => [0, 0, 8, 7, 0, 0, 0, 0, 0];

    /// <summary>Reads the first bytes of a connection.</summary>
    /// <param name="read">Reads from it.</param>
    /// <param name="buffer">Where they go. May be empty: then this waits for them.</param>
    /// <param name="hint">What may be wrong where the server closes the connection before it sends anything.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="IOException">The server sent nothing.</exception>
    /// <exception cref="ConnectionNotServedException">The server was stopping.</exception>
    /// <exception cref="HttpProtocolException">The server refused the connection.</exception>
    public static async ValueTask<int> ReadAsync(
        Func<Memory<byte>, CancellationToken, ValueTask<int>> read, Memory<byte> buffer, string hint, CancellationToken cancellationToken)
    {
        var count = await ReadOrResetAsync(read, buffer, hint, cancellationToken).ConfigureAwait(false);
        if (count == 0 && !buffer.IsEmpty)
        {
            throw Silence(hint);
        }

        if (!buffer.Span[..count].StartsWith(GoAwayHeader))
        {
            return count;
        }

        // Its rest may not have had room in the handler's first buffer.
        var frame = new byte[GoAwaySize];
        var length = Math.Min(count, GoAwaySize);
        buffer.Span[..length].CopyTo(frame);
        while (length < GoAwaySize)
        {
            var more = await read(frame.AsMemory(length), cancellationToken).ConfigureAwait(false);
            length += more > 0 ? more : throw new EndOfStreamException();
        }

        var code = BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(GoAwayCodeOffset));
        throw code == TransportError.NoError
            ? new ConnectionNotServedException()
            : new HttpProtocolException(code, "The server refused the connection.", null);
    }

    /// <summary>Writes before the server has sent anything. When it has closed the connection, the reader may have found that first, and closed this side, too.</summary>
    /// <param name="write">Writes to the connection.</param>
    /// <param name="buffer">What is written.</param>
    /// <param name="hint">What may be wrong then.</param>
    /// <param name="cancellationToken">Ends the write.</param>
    /// <exception cref="IOException">The connection is closed.</exception>
    public static async ValueTask WriteAsync(
        Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> write, ReadOnlyMemory<byte> buffer, string hint, CancellationToken cancellationToken)
    {
        try
        {
            await write(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            throw Silence(hint);
        }
    }

    /// <summary>A server that closes the connection with bytes unread resets it, and has sent as little.</summary>
    private static async ValueTask<int> ReadOrResetAsync(
        Func<Memory<byte>, CancellationToken, ValueTask<int>> read, Memory<byte> buffer, string hint, CancellationToken cancellationToken)
    {
        try
        {
            return await read(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            throw Silence(hint);
        }
    }

    private static IOException Silence(string hint) => new($"the server closed the connection before it sent anything. {hint}");
}
