using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests.Kestrel;

/// <summary>How connections end when the server stops.</summary>
public sealed class LingeringCloseMiddlewareTests
{
    private static readonly byte[] s_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();
    private static readonly byte[] s_emptySettings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    private static readonly TimeSpan s_linger = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task CallSentBeforeGoAwayWasRead_IsNeitherServedNorLost()
    {
        await using var server = await StartAsync();
        await using var caller = await FrameCaller.ConnectAsync(server.Addresses[0]);
        var body = RawCaller.Frame(new EchoRequest { Text = "x" });
        Assert.Equal("0", (await caller.CallAsync(1, RawCaller.Unary, body)).GrpcStatus);

        var stopping = server.StopAsync();
        await _time.WaitForTimerDueInAsync(s_linger);

        // The server is done with the connection, and the caller does not know yet.
        await caller.StartAsync(3, RawCaller.Unary);
        await caller.DataAsync(3, body, endStream: true);
        await Eventually.TrueAsync(() => caller.GoAway is not null);
        Assert.Equal(1u, caller.GoAway!.FirstNumber);
        Assert.False(caller.Answer(3).Ended.IsCompleted);
        Assert.False(caller.Closed.IsCompleted);
        Assert.False(stopping.IsCompleted);

        caller.EndSending();
        await stopping.WithinAsync();
    }

    [Fact]
    public async Task CallerThatDoesNotClose_HoldsTheServerUpForASecond()
    {
        await using var server = await StartAsync();
        await using var caller = await FrameCaller.ConnectAsync(server.Addresses[0]);
        Assert.Equal("0", (await caller.CallAsync(1, RawCaller.Unary, RawCaller.Frame(new EchoRequest()))).GrpcStatus);

        var stopping = server.StopAsync();
        await _time.WaitForTimerDueInAsync(s_linger);
        Assert.False(caller.Closed.IsCompleted);
        _time.Advance(s_linger);

        await caller.Closed.WithinAsync();
        await stopping.WithinAsync();
    }

    [Fact]
    public async Task ServerThatStopsBeforeAConnectionBegan_SaysSettingsFirst()
    {
        await using var server = await StartAsync();
        using var connection = await RawConnection.OpenAsync(server.Addresses[0]);
        await Eventually.TrueAsync(() => server.Logs.Entries.Any(entry => entry.Message.Contains("accepted", StringComparison.Ordinal)));

        var stopping = server.StopAsync();
        var settings = await connection.ReadAsync(9);
        var goAway = await connection.ReadAsync(17);

        Assert.Equal(s_emptySettings, settings);
        Assert.Equal([0, 0, 8, 7], goAway[..4]);
        Assert.Equal(new byte[8], goAway[9..]);
        connection.Dispose();
        await stopping.WithinAsync();
    }

    [Theory]
    [InlineData(true, "h2")]
    [InlineData(false, "h2")]
    [InlineData(true, "http/1.1")]
    [InlineData(false, "http/1.1")]
    public async Task OverTls_OnlyHttp2Lingers(bool inCode, string protocol)
    {
        using var certificates = new TestCertificates();
        using var certificate = certificates.Issue("localhost");
        await using var server = await StartWithTlsAsync(inCode, certificate, _ => { });
        using var connection = await RawConnection.OpenAsync(server.Addresses[0]);
        await using var tls = await connection.UseTlsAsync(certificates, new SslApplicationProtocol(protocol));
        await tls.WriteAsync(protocol == "h2" ? [.. s_preface, .. s_emptySettings] : "GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
        await tls.ReadExactlyAsync(new byte[9]).AsTask().WithinAsync();

        var stopping = server.StopAsync();
        if (protocol == "h2")
        {
            await _time.WaitForTimerDueInAsync(s_linger);
            Assert.False(stopping.IsCompleted);
            _time.Advance(s_linger);
        }

        await tls.CopyToAsync(Stream.Null).WithinAsync();
        await stopping.WithinAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OverTls_ConnectionThatIsIdleForTooLong_Lingers(bool inCode)
    {
        using var certificates = new TestCertificates();
        using var certificate = certificates.Issue("localhost");
        await using var server = await StartWithTlsAsync(inCode, certificate, limits => limits.KeepAliveTimeout = TimeSpan.FromSeconds(1));
        using var connection = await RawConnection.OpenAsync(server.Addresses[0]);
        await using var tls = await connection.UseTlsAsync(certificates, SslApplicationProtocol.Http2);
        await tls.WriteAsync(s_preface.Concat(s_emptySettings).ToArray());

        // Kestrel's own clock, which is not the test's, has said that it is too long; the test's has the connection closed.
        await _time.WaitForTimerDueInAsync(s_linger);
        _time.Advance(s_linger);

        await tls.CopyToAsync(Stream.Null).WithinAsync();
    }

    private Task<PortServer> StartWithTlsAsync(bool inCode, X509Certificate2 certificate, Action<KestrelServerLimits> limit) => PortServer.StartAsync(
        builder =>
        {
            // An address gets TLS after the defaults of endpoints, an endpoint in code before.
            builder.WebHost.ConfigureKestrel(kestrel =>
            {
                limit(kestrel.Limits);
                kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = certificate);
                if (inCode)
                {
                    kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps());
                }
            });
            if (!inCode)
            {
                builder.WebHost.UseKestrelHttpsConfiguration().UseUrls("https://127.0.0.1:0");
            }
        },
        _time);

    private Task<PortServer> StartAsync() => PortServer.StartAsync(
        builder => builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2)),
        _time);
}
