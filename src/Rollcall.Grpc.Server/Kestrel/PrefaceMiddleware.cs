using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Rollcall.Grpc.Server.Kestrel;

/// <summary>
/// Looks at how a connection without TLS begins, and lets Kestrel serve HTTP/2 on those that begin with its preface. Without it Kestrel, which has
/// no ALPN to go by there, takes HTTP/1.1 for granted. Everything else stays what it was without this class.
/// </summary>
/// <param name="other">The rest of the server for HTTP/1.1, and for what is neither.</param>
/// <param name="http2">The rest of the server for HTTP/2.</param>
/// <param name="internals">How Kestrel is told.</param>
/// <param name="timeout">How long a connection may take to show what it is; the server's own limits begin only then.</param>
/// <param name="timeProvider">The clock of the limit.</param>
internal sealed class PrefaceMiddleware(
    ConnectionDelegate other, ConnectionDelegate http2, KestrelInternals internals, TimeSpan timeout, TimeProvider timeProvider)
{
    // The longest that a timer takes; a limit above it is none.
    private static readonly TimeSpan s_maxTimer = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly TimeSpan _timeout = timeout < s_maxTimer ? timeout : Timeout.InfiniteTimeSpan;

    // RFC 9113 3.4. No method of HTTP/1.1 is called PRI.
    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    public async Task OnConnectionAsync(ConnectionContext connection)
    {
        PrefaceMatch match;
        using (var end = new CancellationTokenSource(_timeout, timeProvider))
        using (OnCloseRequested(connection, end))
        {
            match = await ReadAsync(connection.Transport.Input, end.Token).ConfigureAwait(false);
            if (match == PrefaceMatch.Undecided && end.IsCancellationRequested)
            {
                return; // Which closes it.
            }
        }

        var next = other;
        if (match == PrefaceMatch.Http2)
        {
            connection.Features[internals.FeatureType] = internals.Http2;
            next = http2;
        }

        await next(connection).ConfigureAwait(false);
    }

    /// <summary>Compares the bytes of a connection with the preface. One byte that differs decides.</summary>
    public static PrefaceMatch Match(in ReadOnlySequence<byte> bytes)
    {
        var reader = new SequenceReader<byte>(bytes);
        var length = (int)Math.Min(bytes.Length, Preface.Length);
        if (!reader.IsNext(Preface[..length]))
        {
            return PrefaceMatch.Other;
        }

        return length == Preface.Length ? PrefaceMatch.Http2 : PrefaceMatch.Undecided;
    }

    // A server that stops asks its connections to close; one that has said nothing has nothing to finish.
    private static CancellationTokenRegistration OnCloseRequested(ConnectionContext connection, CancellationTokenSource end) =>
        connection.Features.Get<IConnectionLifetimeNotificationFeature>() is { } lifetime
            ? lifetime.ConnectionClosedRequested.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), end)
            : default;

    // Consumes nothing. Undecided means that no more bytes will come, or not in time.
    private static async ValueTask<PrefaceMatch> ReadAsync(PipeReader input, CancellationToken cancellationToken)
    {
        var examined = 0L;
        while (true)
        {
            ReadResult result;
            try
            {
                result = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is OperationCanceledException or IOException)
            {
                return PrefaceMatch.Undecided; // A broken connection breaks again for the server, which knows what to log.
            }

            var buffer = result.Buffer;
            var match = Match(buffer);
            if (match != PrefaceMatch.Undecided || result.IsCompleted)
            {
                // Not examined to the end, or the server's first read would wait for bytes that came already; nor less than before,
                // because a pipe takes no step back.
                input.AdvanceTo(buffer.Start, buffer.GetPosition(examined));
                return match;
            }

            examined = buffer.Length;
            input.AdvanceTo(buffer.Start, buffer.End);
        }
    }
}
