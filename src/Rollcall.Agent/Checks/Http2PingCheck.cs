using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Checks;

/// <summary>One PING of HTTP/2 (RFC 9113, 6.7): who acknowledges it passes.</summary>
internal sealed class Http2PingCheck(CheckTls? tls = null) : IProbe
{
    private const int FrameHeaderLength = 9;
    private const int MaxFrameLength = 16 * 1024;
    private const byte PingType = 6;
    private const byte Acknowledged = 1;

    // The preface with which a client begins (3.4), empty SETTINGS, and a PING whose eight bytes come back in its acknowledgement.
    private static readonly byte[] s_opening =
    [
        .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8,
        0, 0, 0, 4, 0, 0, 0, 0, 0,
        0, 0, 8, PingType, 0, 0, 0, 0, 0, .. "rollcall"u8,
    ];

    /// <inheritdoc />
    public async Task<ProbeResult> RunAsync(CheckSpec spec, CancellationToken cancellationToken)
    {
        if (HostAndPort.Read(spec.Target, "tcp", out var fault) is not { } target)
        {
            return Failed($"dial tcp: {fault}");
        }

        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(target.Host, target.Port, cancellationToken).ConfigureAwait(false);
            Stream stream = client.GetStream();
            await using var owned = stream.ConfigureAwait(false);
            if (spec.H2PingUseTls)
            {
                var secure = new SslStream(stream);
                stream = secure;
                await secure.AuthenticateAsClientAsync(Tls(spec, target.Host), cancellationToken).ConfigureAwait(false);
            }

            await stream.WriteAsync(s_opening, cancellationToken).ConfigureAwait(false);
            return await ReadAsync(stream, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            return Failed(DialError.Describe(target.Dialed, e));
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            return Failed(e.Message);
        }
    }

    /// <inheritdoc />
    public string TimeoutOutput(CheckSpec spec) => Failed("context deadline exceeded").Output;

    private static async Task<ProbeResult> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var header = new byte[FrameHeaderLength];
        while (true)
        {
            await stream.ReadExactlyAsync(header, cancellationToken).ConfigureAwait(false);
            var length = (int)(BinaryPrimitives.ReadUInt32BigEndian(header) >> 8);
            if (length > MaxFrameLength)
            {
                return Failed("the answer is not HTTP/2");
            }

            await stream.ReadExactlyAsync(new byte[length], cancellationToken).ConfigureAwait(false);
            if (header[3] == PingType && (header[4] & Acknowledged) != 0)
            {
                return new ProbeResult(CheckStatus.Passing, "HTTP2 ping was successful");
            }
        }
    }

    private SslClientAuthenticationOptions Tls(CheckSpec spec, string host)
    {
        var options = tls?.Create(spec.TlsSkipVerify) ?? ProbeTls.Create(spec.TlsSkipVerify);
        options.TargetHost ??= host;
        options.ApplicationProtocols = [SslApplicationProtocol.Http2];
        return options;
    }

    private static ProbeResult Failed(string why) => new(CheckStatus.Critical, $"Failed to send HTTP2 ping: {why}");
}
