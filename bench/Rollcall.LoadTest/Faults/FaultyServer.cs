using System.CommandLine;
using System.Net;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rollcall.Grpc.Server;
using Rollcall.LoadTest.Calls;

namespace Rollcall.LoadTest.Faults;

/// <summary>An instance's own process: calls that take a while, over gRPC, HTTP/2 and HTTP/1.1, and that go wrong when its standard input says so.</summary>
internal sealed class FaultyServer
{
    public const string Command = "serve-faulty";
    public const string WorkPath = "/work";
    public const string Answer = "done";
    private static readonly TimeSpan s_work = TimeSpan.FromMilliseconds(20);

    private Fault? _fault;

    public static Command CreateCommand()
    {
        var command = new Command(Command) { Hidden = true };
        command.SetAction((_, cancel) => new FaultyServer().RunAsync(cancel));
        return command;
    }

    private async Task RunAsync(CancellationToken cancel)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(o =>
        {
            o.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http2);
            o.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(this);
        await using var app = builder.Build();
        app.MapGrpcService<FaultyEcho>();
        app.MapGet(WorkPath, AnswerAsync);
        await app.StartAsync(cancel);
        foreach (var address in app.Urls)
        {
            Console.WriteLine(address);
        }

        while (await Console.In.ReadLineAsync(cancel) is { } line)
        {
            _fault = Enum.TryParse<Fault>(line, out var fault) ? fault : null;
        }

        await app.StopAsync(cancel);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (!await TryWorkAsync())
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        await context.Response.WriteAsync(Answer);
    }

    private async Task<bool> TryWorkAsync()
    {
        if (_fault == Fault.Failing)
        {
            return false;
        }

        await Task.Delay(_fault == Fault.Slow ? 10 * s_work : s_work, TimeProvider.System);
        return true;
    }

    private sealed class FaultyEcho(FaultyServer server) : Echo.EchoBase
    {
        public override async Task<Payload> Unary(Payload request, ServerCallContext context) =>
            await server.TryWorkAsync() ? request : throw new RpcException(new Status(StatusCode.Unavailable, "out of order"));
    }
}
