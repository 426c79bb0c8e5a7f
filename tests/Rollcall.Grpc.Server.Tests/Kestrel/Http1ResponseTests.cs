using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server.Tests.Kestrel;

/// <summary>What an application answers over HTTP/1.1 on endpoints that have HTTP/2 as well arrives as it was written, from a connection's first byte on.</summary>
public sealed class Http1ResponseTests
{
    [Theory]
    [MemberData(nameof(EveryWay))]
    public async Task ResponsesOfAConnection_ArriveAsWritten(string endpoint, string way, int length)
    {
        using var certificates = new TestCertificates();
        using var certificate = certificates.Issue("localhost");
        await using var server = await PortServer.StartAsync(builder => Configure(builder, endpoint, certificate), map: Map);
        var address = server.Addresses[0];
        using var http = new HttpClient(new SocketsHttpHandler
        {
            MaxConnectionsPerServer = 1,
            SslOptions = { RemoteCertificateValidationCallback = (_, presented, _, _) => presented is X509Certificate2 issued && certificates.HasIssued(issued) },
        });

        for (var number = 0; number < 3; number++)
        {
            using var response = await http.GetAsync(new Uri($"{address.Scheme}://localhost:{address.Port}/{way}/{length}")).WithinAsync();

            Assert.Equal(HttpVersion.Version11, response.Version);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(Text(length), Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync().WithinAsync()));
            Assert.Equal(way, Assert.Single(response.Headers.GetValues("x-way")));
            Assert.Equal(way != "length", response.Headers.TransferEncodingChunked ?? false);
        }
    }

    public static TheoryData<string, string, int> EveryWay()
    {
        var every = new TheoryData<string, string, int>();
        foreach (var endpoint in (string[])["TLS in code", "TLS in defaults", "TLS of an address", "clear"])
        {
            every.Add(endpoint, "length", 2);
            every.Add(endpoint, "length", 200_000);
            every.Add(endpoint, "chunked", 10);
            every.Add(endpoint, "chunked", 200_000);
            every.Add(endpoint, "json", 40);
            every.Add(endpoint, "json", 200_000);
            every.Add(endpoint, "bytes", 300);
            every.Add(endpoint, "flushed", 100);
        }

        return every;
    }

    private static void Configure(WebApplicationBuilder builder, string endpoint, X509Certificate2 certificate)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            switch (endpoint)
            {
                case "TLS in code":
                    kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate));
                    break;
                case "TLS in defaults":
                    kestrel.ConfigureEndpointDefaults(listen => listen.UseHttps(certificate));
                    kestrel.Listen(IPAddress.Loopback, 0);
                    break;
                case "clear":
                    kestrel.Listen(IPAddress.Loopback, 0);
                    break;
                default:
                    kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = certificate);
                    break;
            }
        });
        if (endpoint == "TLS of an address")
        {
            builder.WebHost.UseKestrelHttpsConfiguration().UseUrls("https://127.0.0.1:0");
        }
    }

    private static void Map(WebApplication app)
    {
        MapWay(app, "length", (response, text) =>
        {
            response.ContentLength = text.Length;
            return response.WriteAsync(text);
        });
        MapWay(app, "chunked", (response, text) => response.WriteAsync(text));
        MapWay(app, "json", (response, text) => response.WriteAsJsonAsync(text[1..^1]));
        MapWay(app, "bytes", (response, text) =>
        {
            foreach (var letter in text)
            {
                response.BodyWriter.GetSpan(1)[0] = (byte)letter;
                response.BodyWriter.Advance(1);
            }

            return Task.CompletedTask;
        });
        MapWay(app, "flushed", async (response, text) =>
        {
            foreach (var letter in text)
            {
                response.BodyWriter.GetSpan(1)[0] = (byte)letter;
                response.BodyWriter.Advance(1);
                await response.BodyWriter.FlushAsync();
            }
        });
    }

    private static void MapWay(WebApplication app, string way, Func<HttpResponse, string, Task> write) => app.MapGet($"/{way}/{{length}}", context =>
    {
        context.Response.Headers["x-way"] = way;
        return write(context.Response, Text(int.Parse((string)context.Request.RouteValues["length"]!, System.Globalization.CultureInfo.InvariantCulture)));
    });

    // Itself JSON: a string of digits.
    private static string Text(int length) => $"\"{string.Concat(Enumerable.Range(0, length - 2).Select(number => (char)('0' + (number % 10))))}\"";
}
