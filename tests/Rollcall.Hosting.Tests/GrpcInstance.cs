using System.Net;
using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.Grpc.Server;
using Rollcall.TestKit;

namespace Rollcall.Hosting.Tests;

/// <summary>A gRPC server on a free port that registers itself as <see cref="ServiceName"/> and answers with what it was sent.</summary>
internal sealed class GrpcInstance : IAsyncDisposable
{
    public const string ServiceName = "echo";

    private static readonly Marshaller<string> s_text = Marshallers.Create(Encoding.UTF8.GetBytes, Encoding.UTF8.GetString);
    private readonly WebApplication _app;
    private Task? _stopping;

    private GrpcInstance(WebApplication app) => _app = app;

    public static Method<string, string> Echo { get; } = new(MethodType.Unary, "test.Echo", "Echo", s_text, s_text);

    /// <summary>Answers each message with itself.</summary>
    public static Method<string, string> Chat { get; } = new(MethodType.DuplexStreaming, "test.Echo", "Chat", s_text, s_text);

    public string Address => _app.Urls.First();

    public RegistrationState State => Assert.Single(_app.Services.GetRequiredService<ServiceRegistrations>().States);

    public static async Task<GrpcInstance> StartAsync(TestRegistry registry, Action<IServiceCollection>? services = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddConsulClient(registry.Configure);
        builder.Services.AddServiceRegistration(ServiceName, o => o.DrainDelay = TimeSpan.Zero);
        services?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapGrpcService(ServerServiceDefinition.CreateBuilder()
            .AddMethod(Echo, (request, _) => Task.FromResult(request))
            .AddMethod(Chat, async (requests, responses, _) =>
            {
                await foreach (var request in requests.ReadAllAsync())
                {
                    await responses.WriteAsync(request);
                }
            })
            .Build());
        await app.StartAsync().WithinAsync();
        return new GrpcInstance(app);
    }

    /// <summary>What a signal does: the application is told first, and stopped then.</summary>
    public Task StopBySignalAsync()
    {
        _app.Lifetime.StopApplication();
        return _stopping = _app.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        // A host that is stopped again drains again, by a clock that may stand still: until its shutdown timeout, which is as long as this one.
        await (_stopping ?? _app.StopAsync()).WithinAsync(TimeSpan.FromSeconds(30));
        await _app.DisposeAsync();
    }
}
