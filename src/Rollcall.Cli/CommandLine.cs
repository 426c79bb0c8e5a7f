using System.CommandLine;
using Rollcall.Agent;
using Rollcall.Cli.Commands;
using Rollcall.Cli.Commands.Agent;
using Rollcall.Cli.Commands.Calls;
using Rollcall.Cli.Commands.Configs;
using Rollcall.Cli.Commands.Demo;
using Rollcall.Cli.Commands.Explain;
using Rollcall.Cli.Commands.Kv;
using Rollcall.Cli.Commands.Migration;
using Rollcall.Cli.Commands.Snapshot;
using Rollcall.Cli.Output;
using Rollcall.Consul;

namespace Rollcall.Cli;

/// <summary>The whole command line: parses, runs, and turns every expected failure into a message and an exit code.</summary>
internal static class CommandLine
{
    private const string Description = "Register services, discover them, call them.";

    public static RootCommand Create(Terminal terminal)
    {
        var root = new RootCommand(Description)
        {
            AgentCommand.Create(terminal),
            ValidateCommand.Create(terminal),
            MembersCommand.Create(terminal),
            ServicesCommand.Create(terminal),
            InstancesCommand.Create(terminal),
            ExplainCommand.Create(terminal),
            WatchCommand.Create(terminal),
            CallCommand.Create(terminal),
            DescribeCommand.Create(terminal),
            RegisterCommand.Create(terminal),
            DeregisterCommand.Create(terminal),
            KvCommand.Create(terminal),
            SnapshotCommand.Create(terminal),
            ConfigCommand.Create(terminal),
            MigrateCommand.Create(terminal),
            DemoCommand.Create(terminal),
            DemoInstanceCommand.Create(terminal),
        };
        DetailedHelp.AddTo(root);
        return root;
    }

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, Terminal terminal, CancellationToken cancellationToken)
    {
        try
        {
            return await ParseAndRunAsync(arguments, terminal, cancellationToken);
        }
        catch (CommandFailure failure)
        {
            await terminal.Error.WriteLineAsync(PeerText.Printable(failure.Message));
            return failure.ExitCode;
        }
        catch (ConsulAgentException failure)
        {
            await terminal.Error.WriteLineAsync(PeerText.Printable(failure.Message));
            return ExitCode.Failure;
        }
        catch (ConsulException failure)
        {
            await terminal.Error.WriteLineAsync(PeerText.Printable(failure.Message));
            return ExitCode.Failure;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Commands that end by Ctrl+C return by themselves: what comes here had more to do, and what it had sent may have been carried out.
            await terminal.Error.WriteLineAsync("Interrupted: the command did not come to its end, and what it was asked may be done or not.");
            return ExitCode.Interrupted;
        }
        catch (IOException failure) when (StandardOutput.IsBrokenPipe(failure))
        {
            // Whoever read the output has seen enough (rollcall … | head).
            return ExitCode.Success;
        }
        catch (OutputException failure)
        {
            await terminal.Error.WriteLineAsync(PeerText.OneLine(failure.Message));
            return ExitCode.Failure;
        }
#pragma warning disable CA1031 // The last net: a stack trace and a core dump tell a user nothing.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            await terminal.Error.WriteLineAsync(PeerText.OneLine($"A fault of this command: {failure.GetType().Name}: {failure.Message}"));
            return ExitCode.Failure;
        }
    }

    private static async Task<int> ParseAndRunAsync(IReadOnlyList<string> arguments, Terminal terminal, CancellationToken cancellationToken)
    {
        var root = arguments is [AgentCommand.Name, ..] ? CreateAgent(terminal) : Create(terminal);
        var normalized = ArgumentNormalizer.Normalize(root, arguments);
        var parsed = root.Parse(
            normalized,

            // "@file" is the value of a key to be read from a file, not more arguments; and -http-adr is a mistyped option, not -h and its value.
            new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        if (UsageErrors.Of(parsed, normalized) is { Count: > 0 } faults)
        {
            foreach (var fault in faults)
            {
                await terminal.Error.WriteLineAsync(fault);
            }

            return ExitCode.Usage;
        }

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

    // An agent stays for long: what the other commands are made of is kept out of its memory.
    private static RootCommand CreateAgent(Terminal terminal)
    {
        var root = new RootCommand(Description) { AgentCommand.Create(terminal) };
        DetailedHelp.AddTo(root);
        return root;
    }
}
