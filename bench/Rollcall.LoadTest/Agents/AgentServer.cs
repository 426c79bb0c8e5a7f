using System.CommandLine;
using Rollcall.Agent;

namespace Rollcall.LoadTest.Agents;

/// <summary>The embedded agent in a process of its own.</summary>
internal static class AgentServer
{
    public const string Command = "serve-agent";

    public static Command CreateCommand()
    {
        var command = new Command(Command);
        command.Hidden = true;
        command.SetAction(async (_, cancel) =>
        {
            await using var agent = await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0 }, cancel);
            Console.WriteLine(agent.HttpAddress);
            await Console.In.ReadToEndAsync(cancel);
        });
        return command;
    }
}
