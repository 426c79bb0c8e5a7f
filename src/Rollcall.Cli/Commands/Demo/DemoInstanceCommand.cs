using System.CommandLine;
using System.Net;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rollcall.Grpc.Server;
using Rollcall.Grpc.Server.Health;
using Rollcall.Grpc.Server.Reflection;

namespace Rollcall.Cli.Commands.Demo;

/// <summary>
/// <c>rollcall demo-instance</c>, hidden: one instance, started by <c>rollcall demo</c> as a process of its own. It registers itself with the
/// Consul that its environment names, prints a line when it listens, and leaves in order when its standard input ends.
/// </summary>
internal static class DemoInstanceCommand
{
    public const string Name = "demo-instance";

    /// <summary>What the service is called in the registry.</summary>
    public const string ServiceName = "demo";

    /// <summary>Begins the line that says that the instance listens; its address follows.</summary>
    public const string ReadyPrefix = "ready ";

    private static readonly TimeSpan s_shutdown = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_drain = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan s_checkInterval = TimeSpan.FromSeconds(1);

    public static Command Create(Terminal terminal)
    {
        var id = new Option<string>("--id") { Required = true };
        var tag = new Option<string>("--tag") { Required = true };
        var command = new Command(Name, "One instance of the demo.") { id, tag };
        command.Hidden = true;

        // Its token is left alone: Ctrl+C reaches all processes of the terminal, and the demo wants to end its instances itself, after its calls.
        command.SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(id), parsed.GetRequiredValue(tag), terminal));
        return command;
    }

    private static async Task<int> RunAsync(string id, string tag, Terminal terminal)
    {
        await using var app = Build(id, tag);
        await app.StartAsync(CancellationToken.None);
        await terminal.Output.WriteLineAsync(ReadyPrefix + app.Urls.Single());
        await WaitForEndAsync(terminal);
        using var patience = new CancellationTokenSource(s_shutdown, terminal.Time);
        await app.StopAsync(patience.Token);
        return ExitCode.Success;
    }

    private static WebApplication Build(string id, string tag)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddConsole(static console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddSingleton<IHostLifetime, DetachedLifetime>();
        builder.Services.AddSingleton(new DemoInstanceIdentity(id));
        builder.Services.AddGrpcHealth();
        builder.Services.AddGrpcReflection();
        builder.Services.AddServiceRegistration(ServiceName, options =>
        {
            options.Id = id;
            options.Tags.Add(tag);
            options.DrainDelay = s_drain;
            options.Checks.Grpc(every: s_checkInterval);
        });
        var app = builder.Build();
        app.MapGrpcService<HelloEndpoint>();
        app.MapGrpcHealthService();
        app.MapGrpcReflectionService();
        return app;
    }

    /// <summary>The end of standard input: the demo closed it, or is no more. SIGTERM is for people who clean up by hand.</summary>
    private static async Task WaitForEndAsync(Terminal terminal)
    {
        var terminated = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            terminated.TrySetResult();
        });
        using var input = terminal.OpenInput();
        await Task.WhenAny(terminated.Task, Task.Run(() => input.CopyToAsync(Stream.Null)));
    }
}
