using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rollcall.Consul;
using Rollcall.Grpc.Server;
using Rollcall.Hosting;
using Rollcall.LoadTest.Measuring;
using Rollcall.LoadTest.Soak;

namespace Rollcall.LoadTest.Calls;

/// <summary>The process that is called: the baseline's endpoint and the gRPC service on one port, registered under <see cref="ServiceName"/>.</summary>
internal static class CallServer
{
    public const string AllocatedPath = "/allocated";
    public const string VitalsPath = "/vitals";

    /// <summary>Answers with the request's body.</summary>
    public const string EchoPath = "/echo";

    public const string ServiceName = "bench-echo";
    private const string Command = "serve-calls";
    private const string Explain = "--explain";
    private static readonly TimeSpan s_longStop = TimeSpan.FromSeconds(10);

    /// <summary>How long a stopping instance waits for its callers to notice, if nobody says otherwise.</summary>
    public static readonly TimeSpan DefaultDrain = new ServiceRegistrationOptions().DrainDelay;

    /// <param name="consul">Where it registers.</param>
    /// <param name="drain">How long it waits, when it stops, for its callers to notice. Null: not at all, since nobody calls it then.</param>
    /// <param name="explains">Whether it tells on standard error, when its stop takes long, what it waits for. Every request pays for that.</param>
    /// <returns>The process, the address that is registered, and the one for HTTP/1.1.</returns>
    public static async Task<(ServerProcess Process, string Address, string Http1Address)> StartAsync(Uri consul, TimeSpan? drain = null, bool explains = false)
    {
        var process = ServerProcess.StartSelf(
        [
            Command, consul.ToString(), (drain ?? TimeSpan.Zero).TotalSeconds.ToString(CultureInfo.InvariantCulture),
            .. explains ? [Explain] : Array.Empty<string>(),
        ]);
        var address = await process.ReadLineAsync(TimeSpan.FromSeconds(30));
        return (process, address, await process.ReadLineAsync(TimeSpan.FromSeconds(30)));
    }

    /// <summary>Waits until so many instances are registered and passing.</summary>
    /// <exception cref="OperationCanceledException">They were not within <paramref name="patience"/>, or the token was cancelled.</exception>
    public static async Task RegisteredAsync(ConsulClient consul, int instances, TimeSpan patience, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(patience);
        await foreach (var answer in consul.Health.WatchServiceAsync(ServiceName, new InstanceQuery { PassingOnly = true }, limit.Token))
        {
            if (answer.Value.Count == instances)
            {
                return;
            }
        }
    }

    public static Command CreateCommand()
    {
        var consul = new Argument<string>("consul");
        var drain = new Argument<double>("drain-seconds");
        var explain = new Option<bool>(Explain);
        var command = new Command(Command) { consul, drain, explain };
        command.Hidden = true;
        command.SetAction((parsed, cancel) =>
            RunAsync(
                new Uri(parsed.GetRequiredValue(consul)),
                TimeSpan.FromSeconds(parsed.GetValue(drain)),
                parsed.GetValue(explain) ? new ServedNow() : null,
                cancel));
        return command;
    }

    private static async Task RunAsync(Uri consul, TimeSpan drain, ServedNow? served, CancellationToken cancel)
    {
        Vitals.Watch();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (served is not null)
        {
            builder.Logging.SetMinimumLevel(LogLevel.Warning).AddConsole(static o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        }

        builder.WebHost.ConfigureKestrel(o =>
        {
            o.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http2);
            o.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddGrpc();
        builder.Services.AddConsulClient(o => o.Address = consul);
        builder.Services.AddServiceRegistration(ServiceName, o =>
        {
            o.Checks.Ttl(TimeSpan.FromSeconds(30));
            o.DrainDelay = drain;
        });
        await using var app = builder.Build();
        served?.Follow(app);
        RawEndpoint.Map(app);
        app.MapGet(AllocatedPath, static context =>
            context.Response.WriteAsync(GC.GetTotalAllocatedBytes().ToString(CultureInfo.InvariantCulture)));
        app.MapGet(VitalsPath, static context => context.Response.WriteAsync(JsonSerializer.Serialize(Vitals.Read())));
        app.MapPost(EchoPath, static context => context.Request.Body.CopyToAsync(context.Response.Body));
        app.MapGrpcService<EchoService>();
        await app.StartAsync(cancel);
        foreach (var address in app.Urls)
        {
            Console.WriteLine(address);
        }

        await Console.In.ReadToEndAsync(cancel);
        await StopAsync(app, served, cancel);
        Console.WriteLine(JsonSerializer.Serialize(Vitals.Read()));
    }

    private static async Task StopAsync(WebApplication app, ServedNow? served, CancellationToken cancel)
    {
        var stopping = app.StopAsync(cancel);
        while (served is not null && await Task.WhenAny(stopping, Task.Delay(s_longStop, TimeProvider.System, cancel)) != stopping)
        {
            await Console.Error.WriteLineAsync($"An instance is still stopping, and handles {served}.");
        }

        await stopping;
    }
}
