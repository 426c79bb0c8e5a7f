using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests;

/// <summary>Whoever read the output is gone, or others write there, too.</summary>
public sealed class ClosedOutputTests(AgentFixture agent) : IClassFixture<AgentFixture>
{
    private const int BrokenPipe = 32; // EPIPE

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

    [Fact]
    public async Task ReaderGoneWhileTheAgentLogs_AgentEnds()
    {
        using var output = new ClosingWriter();
        var terminal = new Terminal
        {
            Output = output,
            Error = TextWriter.Null,
            OpenInput = () => Stream.Null,
            OpenOutput = () => Stream.Null,
            ReadVariable = _ => null,
            IsInteractive = false,
        };
        var port = FreePort.Next();
        var run = CommandLine.RunAsync(["agent", "-dev", "-dns-port=-1", "-log-level=trace", $"-http-port={port}"], terminal, CancellationToken.None);
        await Eventually.TrueAsync(() => output.Text.Contains("agent running!", StringComparison.Ordinal));
        output.IsClosed = true;
        using var client = AgentFixture.CreateClient(new Uri($"http://127.0.0.1:{port}"));
        await client.Agent.RegisterAsync(new ServiceRegistration { Name = "a", Port = 1 }).WithinAsync();
        Assert.Equal(0, await run.WithinAsync());
    }

    /// <summary>A pipe whose reader can leave.</summary>
    private sealed class ClosingWriter : StringWriter
    {
        private readonly Lock _lock = new();

        public bool IsClosed { get; set; }

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
                if (IsClosed)
                {
                    throw new IOException("Broken pipe", BrokenPipe);
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
