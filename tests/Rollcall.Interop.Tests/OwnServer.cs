using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rollcall.Grpc.Server;
using Rollcall.Grpc.Server.Health;
using Rollcall.Grpc.Server.Reflection;
using Rollcall.TestKit;

namespace Rollcall.Interop.Tests;

/// <summary>This repository's server with the test service, on loopback. One for each test class.</summary>
public class OwnServer : IAsyncLifetime
{
    private readonly ConcurrentDictionary<int, string> _running = new(); // numbers of calls, and their methods
    private readonly ConcurrentQueue<(string Method, bool[] Flags)> _sentFlags = new();
    private WebApplication? _app;
    private int _calls;
    private int _gets;
    private volatile string? _caller;

    /// <summary>Where it listens, as <c>host:port</c>.</summary>
    public string Target { get; private set; } = "";

    /// <summary>Where it listens; 0: on a port that is free.</summary>
    public int Port { get; init; }

    /// <summary>What else is to be said of the endpoint; default: nothing, and no TLS.</summary>
    public Action<ListenOptions> Listen { get; init; } = static _ => { };

    /// <summary>How many calls a connection may have at the same time; null: as many as Kestrel likes by itself.</summary>
    public int? StreamsPerConnection { get; init; }

    /// <summary>How it compresses responses.</summary>
    public string ResponseCompression { get; init; } = "gzip";

    /// <summary>Whether it looks at the messages of compressed requests. If not, what reads them is what reads them in production.</summary>
    public bool WatchesRequests { get; init; } = true;

    /// <summary>Whether it notes which messages it sends compressed. If not, what writes them is what writes them in production.</summary>
    public bool WatchesResponses { get; init; }

    /// <summary>Calls that have come so far.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>Those of them that came by GET.</summary>
    public int Gets => Volatile.Read(ref _gets);

    /// <summary>Thumbprint of the certificate of whoever called last; null: it had none.</summary>
    public string? Caller => _caller;

    /// <summary>The compressed flags of the messages of each call that has ended.</summary>
    public IReadOnlyCollection<(string Method, bool[] Flags)> SentFlags => _sentFlags;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        _ = builder.Logging.ClearProviders();
        _ = builder.Services.AddSingleton<LogCollector>().AddSingleton<ILoggerProvider>(s => s.GetRequiredService<LogCollector>());
        _ = builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(o =>
        {
            o.Limits.Http2.MaxStreamsPerConnection = StreamsPerConnection ?? o.Limits.Http2.MaxStreamsPerConnection;
            o.Listen(System.Net.IPAddress.Loopback, Port, Listen);
        });
        _ = builder.Services.AddGrpc(o => o.ResponseCompressionAlgorithm = ResponseCompression);
        _ = builder.Services.AddGrpcHealth().AddGrpcReflection();
        _app = builder.Build();
        _ = _app.Use(CountCallAsync).Use(WatchesRequests ? InteropService.WatchRequest : InteropService.BelieveRequest);
        if (WatchesResponses)
        {
            _ = _app.Use(WatchResponseAsync);
        }

        _ = _app.MapGrpcService<InteropService>();
        _ = _app.MapGrpcHealthService();
        _ = _app.MapGrpcReflectionService();
        await _app.StartAsync();
        Target = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{new Uri(_app.Urls.Single()).Port}");
    }

    /// <summary>
    /// Waits until no call runs any more: to be asked while a client whose calls are all over still has its connection, which would end them with it.
    /// </summary>
    /// <exception cref="TimeoutException">One did not end.</exception>
    public Task NoCallIsLeftAsync() =>
        Eventually.TrueAsync(() => _running.IsEmpty, because: () => $"running: {string.Join(", ", _running.Values)}");

    public async Task DisposeAsync()
    {
        var logs = _app!.Services.GetRequiredService<LogCollector>();
        await _app.StopAsync();
        await _app.DisposeAsync();
        logs.AssertNoErrors();
    }

    private async Task CountCallAsync(HttpContext context, RequestDelegate next)
    {
        var number = Interlocked.Increment(ref _calls);
        if (HttpMethods.IsGet(context.Request.Method))
        {
            Interlocked.Increment(ref _gets);
        }

        _caller = context.Connection.ClientCertificate?.Thumbprint;
        _running[number] = context.Request.Path;
        try
        {
            await next(context);
        }
        finally
        {
            _ = _running.TryRemove(number, out _);
        }
    }

    private async Task WatchResponseAsync(HttpContext context, RequestDelegate next)
    {
        var flags = new FrameFlags();
        context.Response.Body = new FrameFlagStream(context.Response.Body, flags);
        await next(context);

        // What a handler leaves unflushed, the server sends with the end of the response, but only out of its own writer.
        _ = await context.Response.BodyWriter.FlushAsync();
        _sentFlags.Enqueue((context.Request.Path, flags.All));
    }
}
