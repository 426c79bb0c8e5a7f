using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Rollcall.Grpc.Server.Kestrel;

/// <summary>
/// Leaves a connection of HTTP/2 open for a moment after Kestrel is done with it. Kestrel closes with its GOAWAY; a peer that sends a call before it has
/// read that gets a reset, for which its system may throw the GOAWAY away, or finds the connection broken while it writes. Left open, the
/// connection takes what still comes, and the peer reads that its call was not begun and makes it elsewhere (RFC 9113 6.8).
/// </summary>
/// <param name="next">The rest of the server.</param>
/// <param name="isTls">Whether the endpoint has TLS. That comes before this where the endpoint was made in code, and after it elsewhere.</param>
/// <param name="timeProvider">The clock of the moment.</param>
internal sealed class LingeringCloseMiddleware(ConnectionDelegate next, bool isTls, TimeProvider timeProvider)
{
    // A round trip is what it takes a peer to hear of it and close the connection itself; one that doesn't must not hold up a server that stops.
    private static readonly TimeSpan s_linger = TimeSpan.FromSeconds(1);

    public Task OnConnectionAsync(ConnectionContext connection)
    {
        // Where TLS comes before this, its handshake is over.
        var isTlsBefore = isTls && connection.Features.Get<ISslStreamFeature>() is not null;
        return isTlsBefore && !HasNegotiatedHttp2(connection) ? next(connection) : LingerAsync(connection, isTlsAfter: isTls && !isTlsBefore);
    }

    private async Task LingerAsync(ConnectionContext connection, bool isTlsAfter)
    {
        var transport = connection.Transport;
        var isHttp2 = !isTlsAfter;

        // Where TLS comes after this, it can't be asked any more once it has ended; its first read after the handshake is early enough.
        var known = isHttp2;
        Action? ask = known ? null : () =>
        {
            if (!known && connection.Features.Get<ISslStreamFeature>()?.SslStream is { IsAuthenticated: true })
            {
                (known, isHttp2) = (true, HasNegotiatedHttp2(connection));
            }
        };
        connection.Transport = new LingeringTransport(transport, speaksHttp2: !isTlsAfter, ask);
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            connection.Transport = transport;

            // A peer that speaks HTTP/1.1 waits for the end of its connection.
            if (isHttp2)
            {
                // What comes meanwhile stays in the transport's buffer; when that is full, the peer is held back.
                await Task.Delay(s_linger, timeProvider, connection.ConnectionClosed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await transport.Output.CompleteAsync().ConfigureAwait(false);
            await transport.Input.CompleteAsync().ConfigureAwait(false);
        }
    }

    private static bool HasNegotiatedHttp2(ConnectionContext connection)
    {
        try
        {
            return connection.Features.Get<ISslStreamFeature>()?.SslStream.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2;
        }
        catch (ObjectDisposedException)
        {
            return false; // It ends at this moment, for another reason.
        }
    }
}
