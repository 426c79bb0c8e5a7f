using System.Text;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests;

/// <summary>One run of the command, in this process, with an environment of its own.</summary>
internal sealed class CliRun : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly MemoryStream _bytes = new();

    private CliRun(IReadOnlyDictionary<string, string> environment, Stream input, string[] arguments)
    {
        var terminal = new Terminal
        {
            Output = Output,
            Error = Error,
            OpenInput = () => input,
            OpenOutput = () => _bytes,
            ReadVariable = environment.GetValueOrDefault,
            IsInteractive = false,
        };
        ExitCode = Task.Run(() => CommandLine.RunAsync(arguments, terminal, _stop.Token));
    }

    public LineWriter Output { get; } = new();

    public LineWriter Error { get; } = new();

    /// <summary>What was written to standard output as bytes.</summary>
    public byte[] Bytes => _bytes.ToArray();

    public Task<int> ExitCode { get; }

    /// <summary>Starts a command that talks to an agent.</summary>
    public static CliRun Start(Uri agent, params string[] arguments) => new(Environment(agent), Stream.Null, arguments);

    /// <summary>Starts a command whose standard input the test feeds.</summary>
    public static CliRun Start(Uri agent, Stream input, params string[] arguments) => new(Environment(agent), input, arguments);

    /// <summary>Runs a command to its end.</summary>
    public static Task<CliResult> RunAsync(Uri agent, params string[] arguments) => RunAsync(Environment(agent), "", arguments);

    /// <summary>Runs a command to its end, in an environment of the test's choice.</summary>
    public static async Task<CliResult> RunAsync(IReadOnlyDictionary<string, string> environment, string input, params string[] arguments)
    {
        await using var run = new CliRun(environment, new MemoryStream(Encoding.UTF8.GetBytes(input)), arguments);
        var code = await run.ExitCode.WithinAsync(TimeSpan.FromSeconds(20));
        return new CliResult(code, run.Output.ToString(), run.Error.ToString(), run.Bytes);
    }

    public static IReadOnlyDictionary<string, string> Environment(Uri agent) => new Dictionary<string, string> { ["CONSUL_HTTP_ADDR"] = agent.Authority };

    /// <summary>What Ctrl+C does.</summary>
    public async Task<int> InterruptAsync()
    {
        await _stop.CancelAsync();
        return await ExitCode.WithinAsync(TimeSpan.FromSeconds(20));
    }

    public async ValueTask DisposeAsync()
    {
        if (!ExitCode.IsCompleted)
        {
            await InterruptAsync();
        }

        _stop.Dispose();
    }
}
