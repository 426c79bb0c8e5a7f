using System.CommandLine;
using System.Globalization;
using Rollcall.Agent;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Agents;

/// <summary>The embedded agent in a process of its own.</summary>
internal static class AgentServer
{
    /// <summary>The exit code of an agent that said why it does not start.</summary>
    public const int Refused = 3;

    private const string Command = "serve-agent";

    /// <param name="httpPort">0: a free one.</param>
    /// <param name="dataDirectory">Where it keeps its state; null: in memory.</param>
    /// <param name="environment">Further variables of its environment.</param>
    /// <param name="dnsPort">-1: no DNS.</param>
    /// <param name="keepTokens">Whether it has access control, which allows everything, and keeps the tokens that it is given.</param>
    /// <exception cref="ServerEndedException">It ended instead of telling its address.</exception>
    public static async Task<(ServerProcess Process, Uri Address)> StartAsync(
        int httpPort = 0, string? dataDirectory = null, Dictionary<string, string>? environment = null, int dnsPort = -1, bool keepTokens = false)
    {
        string[] arguments =
        [
            Command, string.Create(CultureInfo.InvariantCulture, $"{httpPort}"), string.Create(CultureInfo.InvariantCulture, $"--dns-port={dnsPort}"),
            .. keepTokens ? (string[])["--keep-tokens"] : [],
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
        var tokens = new Option<bool>("--keep-tokens");
        var command = new Command(Command) { port, directory, dns, tokens };
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
                    Acl = new AclOptions { Enabled = parsed.GetValue(tokens), PersistTokens = parsed.GetValue(tokens) },
                };
                await using var agent = await ConsulAgent.StartAsync(options, cancel);
                Console.WriteLine(agent.HttpAddress);
                await Console.In.ReadToEndAsync(cancel);
                return 0;
            }
            catch (ConsulAgentException exception)
            {
                await Console.Error.WriteLineAsync(exception.Message);
                return Refused;
            }
        });
        return command;
    }
}
