using Rollcall.Cli.Tests.Commands.Migration;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests;

/// <summary>Whoever read the output is gone, or others write there, too.</summary>
public sealed class ClosedOutputTests(AgentFixture agent) : IClassFixture<AgentFixture>
{
    private const int BrokenPipe = 32; // EPIPE
    private const int NoSpace = 28; // ENOSPC

    [Fact]
    public async Task ReaderGone_WatchEnds()
    {
        using var client = agent.CreateClient();
        await using var shell = RollcallProcess.Shell($"{{ rollcall watch closed --http-addr {agent.Address.Authority}; echo \"exit code $?\" >&2; }} | head -1");
        Assert.Equal("No instance yet; waiting.", await shell.ReadLineAsync());

        // More than once: the reader leaves after it has printed its line.
        var port = 80;
        await Eventually.TrueAsync(async () =>
        {
            await client.Agent.RegisterAsync(new ServiceRegistration { Name = "closed", Port = ++port });
            return shell.HasExited;
        });
        await shell.WaitForExitAsync();
        Assert.Equal("exit code 0", shell.Error.Trim());
    }

    [Theory]
    [InlineData(">")]
    [InlineData(">>")]
    public async Task FileThatOthersWriteToo_GetsEverythingInItsOrder(string redirect)
    {
        var file = Path.GetTempFileName();
        try
        {
            await using var shell = RollcallProcess.Shell(
                $"{{ echo before; rollcall kv list --http-addr {agent.Address.Authority}; rollcall services --http-addr {agent.Address.Authority}; echo after; }} {redirect} '{file}'");
            using var client = agent.CreateClient();
            Assert.Equal(0, await shell.WaitForExitAsync());
            var lines = await File.ReadAllLinesAsync(file);
            Assert.Equal(("before", "after"), (lines[0], lines[^1]));
            Assert.Contains(lines, line => line.StartsWith("consul", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [RequiresFullDeviceTheory]
    [InlineData("services")]
    [InlineData("kv get written")]
    [InlineData("kv list")]
    [InlineData("watch full")]
    [InlineData("services --help")]
    [InlineData("services --json")]
    public async Task OutputThatCantBeWritten_IsALineAndExitCode1(string arguments)
    {
        using var client = agent.CreateClient();
        await client.Kv.PutAsync("written", "v");
        await using var shell = RollcallProcess.Shell($"CONSUL_HTTP_ADDR={agent.Address.Authority}; export CONSUL_HTTP_ADDR; rollcall {arguments} > /dev/full");
        Assert.Equal(1, await shell.WaitForExitAsync());
        Assert.Equal("Standard output can't be written: No space left on device\n", shell.Error);
    }

    [RequiresFullDeviceTheory]
    [InlineData("agent -dev -http-port 0 -dns-port=-1")]
    [InlineData("demo --http-port 0 --seconds 2")]
    public async Task OutputThatCantBeWritten_StartsNothing(string arguments)
    {
        await using var shell = RollcallProcess.Shell($"rollcall {arguments} > /dev/full");
        Assert.Equal(1, await shell.WaitForExitAsync());
        Assert.Equal("Standard output can't be written: No space left on device\n", shell.Error);
    }

    [RequiresFullDeviceTheory]
    [InlineData("members --http-addr 127.0.0.1:1", "/dev/full", 1)]
    [InlineData("members --bogus", "/dev/full", 2)]
    [InlineData("members --bogus", "&-", 2)]
    public async Task ErrorThatCantBeWritten_ChangesNoExitCode(string arguments, string to, int exitCode)
    {
        await using var shell = RollcallProcess.Shell($"rollcall {arguments} 2>{to}");
        Assert.Equal(exitCode, await shell.WaitForExitAsync());
    }

    [Fact]
    public async Task ReaderGoneWhileTheAgentLogs_AgentEnds()
    {
        using var output = new ClosingWriter();
        var port = FreePort.Next();
        var run = StartAgent(output, port, TimeProvider.System, CancellationToken.None);
        await Eventually.TrueAsync(() => output.Text.Contains("agent running!", StringComparison.Ordinal));
        output.Fault = new IOException("Broken pipe", BrokenPipe);
        using var client = AgentFixture.CreateClient(new Uri($"http://127.0.0.1:{port}"));
        await client.Agent.RegisterAsync(new ServiceRegistration { Name = "a", Port = 1 }).WithinAsync();
        Assert.Equal(0, await run.WithinAsync());
    }

    [Fact]
    public async Task DiskOfTheLogIsFull_AgentGoesOn()
    {
        using var output = new ClosingWriter();
        using var stop = new CancellationTokenSource();
        var (port, time) = (FreePort.Next(), new FakeTimeProvider());
        var run = StartAgent(output, port, time, stop.Token);
        await Eventually.TrueAsync(() => output.Text.Contains("agent running!", StringComparison.Ordinal));
        output.Fault = new IOException("No space left on device", NoSpace);
        using var client = AgentFixture.CreateClient(new Uri($"http://127.0.0.1:{port}"));
        await client.Agent.RegisterAsync(new ServiceRegistration
        {
            Name = "a",
            Port = 1,
            Check = new CheckDefinition { CheckId = "ttl", Ttl = "10s", Status = "passing", DeregisterCriticalServiceAfter = "1m" },
        }).WithinAsync();

        time.Advance(TimeSpan.FromSeconds(10));
        await Eventually.TrueAsync(async () => (await client.Agent.ChecksAsync()).Value["ttl"].Status == CheckStatus.Critical);

        // By a timer: what it lets through ends the process, and here the clock's move.
        time.Advance(TimeSpan.FromMinutes(2));
        await Eventually.TrueAsync(async () => (await client.Agent.ServicesAsync()).Value.Count == 0);
        Assert.False(run.IsCompleted);

        await stop.CancelAsync();
        Assert.Equal(0, await run.WithinAsync());
    }

    [Fact]
    public async Task ReaderGoneAmidAMigration_IsNoSuccess()
    {
        await using var from = await ScriptedConsul.StartAsync(("GET kv", 200, "[]"));
        await using var to = await ScriptedConsul.StartAsync(("GET kv", 404, ""));
        using var output = new ClosingWriter { Fault = new IOException("Broken pipe", BrokenPipe) };

        var exitCode = await StartAsync(
            output, TimeProvider.System, CancellationToken.None, "migrate", "--from", $"{from.Address}", "--to", $"{to.Address}", "--only", "kv", "--only", "config").WithinAsync();

        Assert.Equal(1, exitCode);
    }

    private static Task<int> StartAgent(TextWriter output, int port, TimeProvider time, CancellationToken cancellationToken) =>
        StartAsync(output, time, cancellationToken, "agent", "-dev", "-dns-port=-1", "-log-level=trace", $"-http-port={port}");

    private static Task<int> StartAsync(TextWriter output, TimeProvider time, CancellationToken cancellationToken, params string[] arguments)
    {
        var terminal = new Terminal
        {
            Output = output,
            Error = TextWriter.Null,
            OpenInput = () => Stream.Null,
            OpenOutput = () => Stream.Null,
            ReadVariable = _ => null,
            IsInteractive = false,
            Time = time,
        };
        return CommandLine.RunAsync(arguments, terminal, cancellationToken);
    }

    /// <summary>Output that can be written until it has a fault.</summary>
    private sealed class ClosingWriter : StringWriter
    {
        private readonly Lock _lock = new();

        public IOException? Fault { get; set; }

        public string Text
        {
            get
            {
                lock (_lock)
                {
                    return ToString();
                }
            }
        }

        public override void WriteLine(string? value)
        {
            lock (_lock)
            {
                if (Fault is { } fault)
                {
                    throw fault;
                }

                base.WriteLine(value);
            }
        }

        public override Task WriteLineAsync(string? value)
        {
            WriteLine(value);
            return Task.CompletedTask;
        }

        public override Task WriteLineAsync()
        {
            WriteLine("");
            return Task.CompletedTask;
        }
    }
}
