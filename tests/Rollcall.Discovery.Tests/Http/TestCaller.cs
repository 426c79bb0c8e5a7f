using System.Net.Security;
using Rollcall.Discovery.Http;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>A client of services whose instances the test names. Its policy takes the first untried one, unless the options say otherwise.</summary>
internal sealed class TestCaller : IAsyncDisposable
{
    private readonly LogCollector _log = new();

    public TestCaller(Action<DiscoveryHandlerOptions>? configure, params Endpoint[] endpoints)
        : this(TimeProvider.System, configure, endpoints)
    {
    }

    public TestCaller(TimeProvider time, Action<DiscoveryHandlerOptions>? configure, params Endpoint[] endpoints)
    {
        Directory = new EndpointDirectory(Source, timeProvider: time, loggerFactory: _log);
        Source.Answer(1, endpoints);
        var options = new DiscoveryHandlerOptions { Policy = Policy };
        configure?.Invoke(options);
        Handler = new DiscoveryHandler(Directory, options);
        Client = new HttpClient(Handler) { Timeout = TimeSpan.FromSeconds(20) };
    }

    public ScriptedSource Source { get; } = new();

    public LogCollector Log => _log;

    public RecordingPolicy Policy { get; } = new();

    public EndpointDirectory Directory { get; }

    public DiscoveryHandler Handler { get; }

    public HttpClient Client { get; }

    /// <summary>For <see cref="DiscoveryHandlerOptions.ConfigureHandler"/>: believes certificates of the test's authority, if they are for the name.</summary>
    public static Action<SocketsHttpHandler> Trust(TestCertificates certificates) => handler =>
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
            (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == SslPolicyErrors.None
            && certificate is System.Security.Cryptography.X509Certificates.X509Certificate2 issued
            && certificates.HasIssued(issued);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Directory.DisposeAsync().AsTask().WithinAsync();
        _log.Dispose();
    }
}
