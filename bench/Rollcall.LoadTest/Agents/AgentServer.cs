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
    /// <param name="dataDirectory">Where it keeps its state; null: in memory.</param>
    /// <param name="environment">Further variables of its environment.</param>
    /// <param name="dnsPort">-1: no DNS.</param>
    /// <exception cref="InvalidOperationException">It ended instead of telling its address.</exception>
    public static async Task<(ServerProcess Process, Uri Address)> StartAsync(
        int httpPort = 0, string? dataDirectory = null, Dictionary<string, string>? environment = null, int dnsPort = -1)
    {
        string[] arguments =
        [
            Command, string.Create(CultureInfo.InvariantCulture, $"{httpPort}"), string.Create(CultureInfo.InvariantCulture, $"--dns-port={dnsPort}"),
            .. dataDirectory is null ? [] : (string[])[dataDirectory],
        ];

        // As the command's project says; the load's own process is to be as it is.
        environment = new(environment ?? []) { ["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0" };
        var process = ServerProcess.StartSelf(environment, arguments);
        try
        {
            return (process, new Uri(await process.ReadLineAsync(TimeSpan.FromSeconds(30))));
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    public static Command CreateCommand()
    {
        var port = new Argument<int>("http-port");
        var directory = new Argument<string?>("data-directory") { Arity = ArgumentArity.ZeroOrOne };
        var dns = new Option<int>("--dns-port");
        var command = new Command(Command) { port, directory, dns };
        command.Hidden = true;
        command.SetAction(async (parsed, cancel) =>
        {
            try
            {
                var options = new ConsulAgentOptions
                {
                    HttpPort = parsed.GetValue(port),
                    DnsPort = parsed.GetValue(dns),
                    DataDirectory = parsed.GetValue(directory),

                    // As the command does.
                    DedicatedProcess = true,
                };
                await using var agent = await ConsulAgent.StartAsync(options, cancel);
                Console.WriteLine(agent.HttpAddress);
                await Console.In.ReadToEndAsync(cancel);
                return 0;
            }
            catch (ConsulAgentException exception)
            {
                await Console.Error.WriteLineAsync(exception.Message);
                return 1;
            }
        });
        return command;
    }
}
