using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace Rollcall.TestKit;

/// <summary>
/// An HTTP server on loopback whose every answer the test writes. Keeps what was asked and counts what is still open. Thread-safe.
/// </summary>
public sealed class LoopbackPeer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private ImmutableList<PeerRequest> _requests = [];
    private int _open;

    private LoopbackPeer(RequestDelegate handler, X509Certificate2? certificate, bool requireClientCertificate, string? unixSocket, Action<X509Chain?>? onClientCertificate)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            if (unixSocket is not null)
            {
                kestrel.ListenUnixSocket(unixSocket);
                return;
            }

            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                if (certificate is not null)
                {
                    listen.UseHttps(certificate, https =>
                    {
                        https.ClientCertificateMode = requireClientCertificate ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.NoCertificate;
                        https.ClientCertificateValidation = (_, chain, _) =>
                        {
                            onClientCertificate?.Invoke(chain);
                            return true;
                        };
                    });
                }
            });
        });
        _app = builder.Build();
        _app.Run(async context =>
        {
            try
            {
                using var reader = new StreamReader(context.Request.Body);
                var body = await reader.ReadToEndAsync(context.RequestAborted);
                var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
                var request = new PeerRequest(
                    context.Request.Method,
                    target,
                    context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase),
                    body);
                ImmutableInterlocked.Update(ref _requests, static (list, r) => list.Add(r), request);
                await AnswerAsync(handler, context);
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                // The client went away: what a test of cancellation waits for.
            }
        });
    }

    /// <summary>Where it listens; not for a Unix socket.</summary>
    public Uri Address => new(_app.Services.GetService(typeof(Microsoft.AspNetCore.Hosting.Server.IServer)) is Microsoft.AspNetCore.Hosting.Server.IServer server
        ? server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First()
        : throw new InvalidOperationException("The peer has no server."));

    /// <summary>All requests so far, oldest first.</summary>
    public IReadOnlyList<PeerRequest> Requests => Volatile.Read(ref _requests);

    /// <summary>Requests that have no complete answer yet and whose client is still there. Each is among <see cref="Requests"/>.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Starts a peer on a free port.</summary>
    /// <param name="handler">Answers every request.</param>
    /// <param name="certificate">Null: no TLS.</param>
    /// <param name="requireClientCertificate">Whether a TLS client must show a certificate, any one.</param>
    /// <param name="unixSocket">A path to listen on instead of a port.</param>
    /// <param name="onClientCertificate">Told how the certificate of a TLS client hangs together with the others that it sent.</param>
    public static async Task<LoopbackPeer> StartAsync(
        RequestDelegate handler, X509Certificate2? certificate = null, bool requireClientCertificate = false, string? unixSocket = null, Action<X509Chain?>? onClientCertificate = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        var peer = new LoopbackPeer(handler, certificate, requireClientCertificate, unixSocket, onClientCertificate);
        await peer._app.StartAsync();
        return peer;
    }

    /// <summary>The same with a plain answer.</summary>
    public static Task<LoopbackPeer> StartAsync(int status, string body) => StartAsync(async context =>
    {
        context.Response.StatusCode = status;
        await context.Response.WriteAsync(body);
    });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(RequestDelegate handler, HttpContext context)
    {
        Interlocked.Increment(ref _open);
        try
        {
            await handler(context);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }
}
