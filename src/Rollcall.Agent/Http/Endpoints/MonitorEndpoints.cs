using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rollcall.Agent.Logs;
using Rollcall.Agent.Overload;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>agent/monitor</c>: the log as it is written, until the client hangs up or the agent stops.</summary>
/// <param name="logs">What is listened to.</param>
/// <param name="load">Counts the listeners with the queries that wait.</param>
internal sealed class MonitorEndpoints(LogTap logs, AgentLoad load)
{
    public void Map(RouteTable routes) => routes.Add("/v1/agent/monitor", ("GET", MonitorAsync));

    private async ValueTask MonitorAsync(AgentRequest request)
    {
        var name = request.Query["loglevel"];
        if (ReadLevel(name) is not { } level)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, $"Bad request: Unknown log level: {name}").ConfigureAwait(false);
            return;
        }

        var json = request.Query.Has("logjson");
        var client = request.Client;
        load.BeginWait(client);
        try
        {
            await FollowAsync(request, level, json).ConfigureAwait(false);
        }
        finally
        {
            load.EndWait(client);
        }
    }

    private async ValueTask FollowAsync(AgentRequest request, LogLevel level, bool json)
    {
        using var listener = logs.Listen(level);

        // The client sees that it is listened for before there is anything to say.
        var response = request.Context.Response;
        response.Headers.Vary = "Accept-Encoding";
        await response.StartAsync(request.Aborted).ConfigureAwait(false);
        await response.BodyWriter.FlushAsync(request.Aborted).ConfigureAwait(false);
        await foreach (var line in listener.Lines.ReadAllAsync(request.Aborted).ConfigureAwait(false))
        {
            await response.BodyWriter.WriteAsync(Encoding.UTF8.GetBytes(json ? line.ToJson() : line.ToText()), request.Aborted).ConfigureAwait(false);
        }
    }

    private static LogLevel? ReadLevel(string name) => name.ToUpperInvariant() switch
    {
        "TRACE" => LogLevel.Trace,
        "DEBUG" => LogLevel.Debug,
        "" or "INFO" => LogLevel.Information,
        "WARN" => LogLevel.Warning,
        "ERR" or "ERROR" => LogLevel.Error,
        _ => null,
    };
}
