using System.CommandLine;
using Rollcall.Cli.Commands;
using Rollcall.Cli.Commands.Agent;
using Rollcall.Cli.Commands.Demo;
using Rollcall.Cli.Commands.Kv;
using Rollcall.Consul;

namespace Rollcall.Cli;

/// <summary>The whole command line: parses, runs, and turns every expected failure into a message and an exit code.</summary>
internal static class CommandLine
{
    public static RootCommand Create(Terminal terminal) =>
        new("Register services, discover them, call them.")
        {
            AgentCommand.Create(terminal),
            MembersCommand.Create(terminal),
            ServicesCommand.Create(terminal),
            InstancesCommand.Create(terminal),
            WatchCommand.Create(terminal),
            RegisterCommand.Create(terminal),
            DeregisterCommand.Create(terminal),
            KvCommand.Create(terminal),
            DemoCommand.Create(terminal),
            DemoInstanceCommand.Create(terminal),
        };

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, Terminal terminal, CancellationToken cancellationToken)
    {
        var root = Create(terminal);
        var parsed = root.Parse(
            ArgumentNormalizer.Normalize(root, arguments),

            // "@file" is the value of a key to be read from a file, not more arguments.
            new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                await terminal.Error.WriteLineAsync(error.Message);
            }

            var path = new List<string>();
            for (var command = parsed.CommandResult; command is not null; command = command.Parent as System.CommandLine.Parsing.CommandResult)
            {
                path.Insert(0, command.Command is RootCommand ? "rollcall" : command.Command.Name);
            }

            await terminal.Error.WriteLineAsync($"See '{string.Join(' ', path)} --help'.");
            return ExitCode.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = terminal.Output,
                    Error = terminal.Error,
                    EnableDefaultExceptionHandler = false,

                    // Signals are the program's business: it hands them in as this method's token.
                    ProcessTerminationTimeout = null,
                },
                cancellationToken);
        }
        catch (CommandFailure failure)
        {
            await terminal.Error.WriteLineAsync(failure.Message);
            return failure.ExitCode;
        }
        catch (ConsulException failure)
        {
            await terminal.Error.WriteLineAsync(failure.Message);
            return ExitCode.Failure;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl+C is how a command that never ends is ended.
            return ExitCode.Success;
        }
        catch (IOException failure) when (IsBrokenPipe(failure))
        {
            // Whoever read the output has seen enough (rollcall … | head).
            return ExitCode.Success;
        }
    }

    private static bool IsBrokenPipe(IOException exception)
    {
        const int BrokenPipe = 32; // EPIPE
        return exception.HResult == BrokenPipe;
    }
}
