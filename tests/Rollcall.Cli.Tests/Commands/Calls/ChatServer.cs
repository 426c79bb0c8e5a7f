using System.Net;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.Grpc.Server;
using Rollcall.Grpc.Server.Reflection;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands.Calls;

/// <summary>The chat service on a free loopback port.</summary>
internal sealed class ChatServer : IAsyncDisposable
{
    public const string Undefined = "cli.test.Bare";

    private readonly WebApplication _app;

    private ChatServer(WebApplication app) => _app = app;

    public ChatCalls Calls { get; } = new();

    public Uri Address => new(_app.Urls.Single());

    /// <summary><c>host:port</c>.</summary>
    public string Target => Address.Authority;

    /// <param name="reflection">Which versions of reflection it has: v1, v1alpha, both, or none.</param>
    /// <param name="certificate">Null: no TLS.</param>
    /// <param name="requireClientCertificate">Whether callers have to show a certificate.</param>
    /// <param name="hasUndefined">Whether it has a service <see cref="Undefined"/>, too, which reflection lists and doesn't know.</param>
    public static async Task<ChatServer> StartAsync(
        string reflection = "v1 v1alpha", X509Certificate2? certificate = null, bool requireClientCertificate = false, bool hasUndefined = false)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            if (certificate is not null)
            {
                listen.UseHttps(certificate, https =>
                {
                    https.ClientCertificateMode = requireClientCertificate ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.NoCertificate;
                    https.AllowAnyClientCertificate();
                });
            }
        }));
        builder.Services.AddGrpc();
        builder.Services.AddGrpcReflection();

        ChatServer? server = null;
        builder.Services.AddSingleton(_ => server!.Calls);
        var app = builder.Build();
        app.Use((context, next) =>
        {
            var service = context.Request.Path.Value!.Split('/')[1];
            if (!service.StartsWith("grpc.reflection.", StringComparison.Ordinal) || reflection.Split(' ').Contains(service.Split('.')[2]))
            {
                return next(context);
            }

            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-status"] = "12";
            return Task.CompletedTask;
        });
        app.UseRouting();
        app.MapGrpcService<ChatService>();
        if (hasUndefined)
        {
            var bytes = Marshallers.Create(static message => message, static message => message);
            app.MapGrpcService(ServerServiceDefinition.CreateBuilder()
                .AddMethod(new Method<byte[], byte[]>(MethodType.Unary, Undefined, "Echo", bytes, bytes), static (request, _) => Task.FromResult(request))
                .Build());
        }

        app.MapGrpcReflectionService();
        server = new ChatServer(app);
        await app.StartAsync().WithinAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}
