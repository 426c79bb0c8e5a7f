using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;
using Rollcall.Agent.Overload;

namespace Rollcall.Agent.Http.Listening;

/// <summary>
/// Puts TLS between a connection and what answers on it. Kestrel's own way needs the services of a host, which this server does not have.
/// Safe for use by many threads.
/// </summary>
/// <param name="options">The certificate, and what is wanted of clients, to begin with.</param>
/// <param name="patience">Who connects and says nothing is not waited for longer.</param>
/// <param name="time">Measures it.</param>
/// <param name="logger">Hears of clients that don't come through.</param>
internal sealed partial class TlsConnections(SslServerAuthenticationOptions options, TimeSpan patience, TimeProvider time, ILogger<TlsConnections> logger)
{
    // So long is what tells the first record of a handshake from anything else.
    private const int RecordHeaderBytes = 5;

    private volatile SslServerAuthenticationOptions _options = options;

    /// <summary>From now on new connections see another certificate.</summary>
    public void Use(SslServerAuthenticationOptions next) => _options = next;

    /// <param name="next">Speaks by what was agreed on.</param>
    /// <param name="load">Counts clients that don't come through.</param>
    public ConnectionDelegate Wrap(ConnectionDelegate next, AgentLoad load) => connection => RunAsync(connection, next, load);

    private async Task RunAsync(ConnectionContext connection, ConnectionDelegate next, AgentLoad load)
    {
        var plain = connection.Transport;
        var stream = new SslStream(new DuplexStream(plain));
        await using (stream.ConfigureAwait(false))
        {
            if (!await TryAuthenticateAsync(stream, plain, connection, load).ConfigureAwait(false))
            {
                return;
            }

            var tls = new Pipes(PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true)), PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true)));
            connection.Transport = tls;
            Tell(connection, new TlsSession(stream));
            try
            {
                await next(connection).ConfigureAwait(false);
            }
            finally
            {
                await tls.Input.CompleteAsync().ConfigureAwait(false);
                await tls.Output.CompleteAsync().ConfigureAwait(false);
                connection.Transport = plain;
            }
        }
    }

    private static void Tell(ConnectionContext connection, TlsSession session)
    {
        connection.Features.Set<ITlsConnectionFeature>(session);
        connection.Features.Set<ITlsApplicationProtocolFeature>(session);
        connection.Features.Set<ITlsHandshakeFeature>(session);
    }

    private async Task<bool> TryAuthenticateAsync(SslStream stream, IDuplexPipe plain, ConnectionContext connection, AgentLoad load)
    {
        using var timeout = new CancellationTokenSource(patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, connection.ConnectionClosed);
        try
        {
            if (await BeginsWithHttpAsync(plain.Input, both.Token).ConfigureAwait(false))
            {
                load.CountClient(RefusalReason.Handshake);
                Log.NoTls(logger, connection.RemoteEndPoint);
                await plain.Output.WriteAsync("HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"u8.ToArray(), both.Token).ConfigureAwait(false);
                return false;
            }

            await stream.AuthenticateAsServerAsync(_options, both.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception fault) when (fault is AuthenticationException or IOException or OperationCanceledException)
        {
            // Who only looks whether the port is open was refused nothing.
            if (fault is AuthenticationException || timeout.IsCancellationRequested)
            {
                load.CountClient(RefusalReason.Handshake);
            }

            Log.NoHandshake(logger, fault.Message);
            return false;
        }
    }

    /// <summary>Looks at the first bytes, as Go's server does, and leaves them where they are.</summary>
    private static async ValueTask<bool> BeginsWithHttpAsync(PipeReader input, CancellationToken cancellationToken)
    {
        var begun = await input.ReadAtLeastAsync(RecordHeaderBytes, cancellationToken).ConfigureAwait(false);
        var isHttp = begun.Buffer.Length >= RecordHeaderBytes
            && Encoding.Latin1.GetString(begun.Buffer.Slice(0, RecordHeaderBytes)) is ("GET /" or "HEAD " or "POST " or "PUT /" or "OPTIO");
        input.AdvanceTo(begun.Buffer.Start);
        return isHttp;
    }

    private sealed record Pipes(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
