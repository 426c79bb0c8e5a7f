using System.CommandLine;
using System.Globalization;
using Rollcall.Agent;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Agents;

/// <summary>The embedded agent in a process of its own.</summary>
internal static class AgentServer
{
    private const string Command = "serve-agent";

    /// <param name="httpPort">0: a free one.</param>
    public static async Task<(ServerProcess Process, Uri Address)> StartAsync(int httpPort = 0)
    {
        var process = ServerProcess.StartSelf(Command, httpPort.ToString(CultureInfo.InvariantCulture));
        return (process, new Uri(await process.ReadLineAsync(TimeSpan.FromSeconds(30))));
    }

    public static Command CreateCommand()
    {
        var port = new Argument<int>("http-port");
        var command = new Command(Command) { port };
        command.Hidden = true;
        command.SetAction(async (parsed, cancel) =>
        {
            await using var agent = await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = parsed.GetValue(port) }, cancel);
            Console.WriteLine(agent.HttpAddress);
            await Console.In.ReadToEndAsync(cancel);
        });
        return command;
    }
}
