using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rollcall.Grpc.Server.Kestrel;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests.Kestrel;

public sealed class Http2EndpointSetupTests
{
    [Fact]
    public async Task Urls_ServeGrpcAndPages()
    {
        await using var server = await PortServer.StartAsync(builder => builder.WebHost.UseUrls("http://127.0.0.1:0"));

        await PortServer.AssertServesBothAsync(server.Addresses[0]);
        Assert.DoesNotContain(server.Logs.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task Localhost_ServesBothOnEachOfItsAddresses()
    {
        var port = FreePort.Next();
        await using var server = await PortServer.StartAsync(builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port)));

        await PortServer.AssertServesBothAsync(new Uri($"http://localhost:{port}"));
        await PortServer.AssertServesBothAsync(new Uri($"http://127.0.0.1:{port}"));
    }

    [Fact]
    public async Task EndpointsOfTheConfiguration_ServeWhatTheirProtocolsSay()
    {
        await using var server = await PortServer.StartAsync(builder => builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Kestrel:Endpoints:Both:Url"] = "http://127.0.0.1:0",
        }));

        await PortServer.AssertServesBothAsync(server.Addresses[0]);
    }

    [Fact]
    public async Task ApplicationsOwnEndpointDefaults_StayInForce()
    {
        var connections = 0;
        await using var server = await PortServer.StartAsync(builder =>
        {
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(listen => listen.Use(next => connection =>
            {
                Interlocked.Increment(ref connections);
                return next(connection);
            })));
            builder.WebHost.UseUrls("http://127.0.0.1:0");
        });

        await PortServer.AssertServesBothAsync(server.Addresses[0]);

        Assert.Equal(2, Volatile.Read(ref connections));
    }

    [Fact]
    public async Task Http1AndHttp2Endpoints_StayWhatTheyAre()
    {
        await using var server = await PortServer.StartAsync(builder => builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        }));
        using var http1 = new RawCaller(server.Addresses[0]);
        using var http2 = new RawCaller(server.Addresses[1]);
        using var http = new HttpClient();

        await Assert.ThrowsAsync<HttpRequestException>(() => http1.CallAsync(RawCaller.Unary, new EchoRequest()));
        Assert.Equal("page", await http.GetStringAsync(server.Addresses[0]).WithinAsync());
        Assert.Equal("0", (await http2.CallAsync(RawCaller.Unary, new EchoRequest())).GrpcStatus);
        using var refused = await http.GetAsync(server.Addresses[1]).WithinAsync();
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Theory]
    [InlineData("http/1.1")]
    [InlineData("h2")]
    public async Task TlsBesideIt_NegotiatesAsBefore(string protocol)
    {
        using var certificates = new TestCertificates();
        using var certificate = certificates.Issue("localhost");
        await using var server = await PortServer.StartAsync(builder => builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate));
            kestrel.Listen(IPAddress.Loopback, 0);
        }));
        using var authority = X509Certificate2.CreateFromPem(certificates.AuthorityPem);
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            CustomTrustStore = { authority },
        };
        using var http = new HttpClient(handler);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"https://localhost:{server.Addresses[0].Port}")
        {
            Version = protocol == "h2" ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using var response = await http.SendAsync(request).WithinAsync();

        Assert.Equal("page", await response.Content.ReadAsStringAsync());
        Assert.Equal(request.Version, response.Version);
        await PortServer.AssertServesBothAsync(server.Addresses[1]);
    }

    [Fact]
    public async Task TlsEndpoint_IsNotWaitedForBeforeItsHandshake()
    {
        var time = new FakeTimeProvider();
        using var certificates = new TestCertificates();
        using var certificate = certificates.Issue("localhost");
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await PortServer.StartAsync(
            builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.UseHttps(certificate);
                listen.Use(next => connection =>
                {
                    reached.TrySetResult();
                    return next(connection);
                });
            })),
            time);
        using var connection = await RawConnection.OpenAsync(server.Addresses[0]);

        await connection.SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

        Assert.DoesNotContain("HTTP", await connection.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(0, time.PendingTimers);
        Assert.False(reached.Task.IsCompleted);
    }

    [Fact]
    public async Task ProtocolOfSomeoneElse_MaySpeakFirst()
    {
        await using var server = await PortServer.StartAsync(builder => builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Run(async connection =>
                await connection.Transport.Output.WriteAsync("hello"u8.ToArray())));
            kestrel.Listen(IPAddress.Loopback, 0);
        }));
        using var connection = await RawConnection.OpenAsync(server.Addresses[0]);

        Assert.Equal("hello", Encoding.ASCII.GetString(await connection.ReadAsync(5)));
        await PortServer.AssertServesBothAsync(server.Addresses[1]);
    }

    // 240 bytes a second within 5 seconds is Kestrel's default.
    [Theory]
    [InlineData(null, null, null)]
    [InlineData(240.0, 5, null)]
    [InlineData(240.0, 6, 240.0)]
    [InlineData(100.0, 5, 100.0)]
    public void LeastRateOfResponses_IsLiftedUnlessTheApplicationSetOne(double? rate, int? graceSeconds, double? expected)
    {
        using var services = new ServiceCollection().AddLogging()
            .Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MinResponseDataRate =
                rate is { } bytes ? new MinDataRate(bytes, TimeSpan.FromSeconds(graceSeconds!.Value)) : null)
            .AddGrpc().Services.BuildServiceProvider();

        Assert.Equal(expected, services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits.MinResponseDataRate?.BytesPerSecond);
    }

    [Fact]
    public async Task LeastRateOfResponses_IsLiftedWhenNobodySaysOtherwise()
    {
        await using var server = await GrpcTestServer.StartAsync();

        var limits = server.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;

        Assert.Null(limits.MinResponseDataRate);
        Assert.NotNull(limits.MinRequestBodyDataRate);
    }

    [Fact]
    public void KestrelThatLacksWhatIsNeeded_LeavesAWarningThatNamesTheFix()
    {
        using var logs = new LogCollector();
        var defaults = 0;
        var options = new KestrelServerOptions();
        options.ConfigureEndpointDefaults(_ => defaults++);
        var setup = new Http2EndpointSetup(KestrelInternals.Find(typeof(string), typeof(string)), TimeProvider.System, logs.CreateLogger("kestrel"));

        setup.PostConfigure(null, options);
        options.Listen(IPAddress.Loopback, 0);

        var entry = Assert.Single(logs.Entries);
        Assert.Equal(LogLevel.Warning, entry.Level);
        Assert.Contains("Protocols = HttpProtocols.Http2", entry.Message, StringComparison.Ordinal);
        Assert.Equal(1, defaults);
        Assert.Null(options.Limits.MinResponseDataRate);
    }

    [Fact]
    public void ThisKestrel_HasWhatIsNeeded() => Assert.NotNull(KestrelInternals.Find(typeof(KestrelServerOptions), typeof(ListenOptions)));
}
