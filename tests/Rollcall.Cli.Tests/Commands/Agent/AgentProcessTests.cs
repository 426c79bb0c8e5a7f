using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Rollcall.TestKit;
using Xunit.Abstractions;

namespace Rollcall.Cli.Tests.Commands.Agent;

/// <summary>What only a process of its own shows: how soon it answers, and that its threads serve everybody while some take their time.</summary>
[Collection(AloneCollection.Name)]
public sealed class AgentProcessTests(ITestOutputHelper output) : IDisposable
{
    // The promise is one second for the published build; this one is compiled as it runs, on whatever machine tests run on.
    private static readonly TimeSpan s_startBound = TimeSpan.FromSeconds(10);

    private readonly int _port = FreePort.Next();
    private readonly HttpClient _http = new();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Start_AnswersSoonWithALeaderAndTheNodeInTheCatalog()
    {
        var started = Stopwatch.GetTimestamp();
        await using var process = await StartAsync();
        var took = Stopwatch.GetElapsedTime(started);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"From the start of the process to its first answer: {took.TotalMilliseconds:F0} ms"));

        var leader = await _http.GetFromJsonAsync<string>(At("status/leader"));
        Assert.Equal(leader, Assert.Single((await _http.GetFromJsonAsync<string[]>(At("status/peers")))!));
        Assert.Equal("127.0.0.1:8300", leader);
        var node = Assert.Single((await _http.GetFromJsonAsync<JsonElement[]>(At("catalog/nodes")))!);
        Assert.Equal("n1", node.GetProperty("Node").GetString());
        Assert.True(took < s_startBound, $"It took {took}.");
    }

    [Fact]
    public async Task LargeAnswersThatNobodyReads_KeepNoOtherWaiting()
    {
        await using var process = await StartAsync();
        for (var i = 0; i < 25; i++)
        {
            using var put = await _http.PutAsync(At($"kv/large/{i}"), new ByteArrayContent(new byte[500 * 1024]));
            Assert.True(put.IsSuccessStatusCode);
        }

        // Several for each thread that the agent may have: 16 MB each, of which the sockets take a part and the rest waits.
        var readers = new List<Socket>();
        try
        {
            for (var i = 0; i < 4 * Environment.ProcessorCount; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                readers.Add(socket);
                await socket.ConnectAsync(IPAddress.Loopback, _port);
                await socket.SendAsync(Encoding.ASCII.GetBytes("GET /v1/kv/large/?recurse HTTP/1.1\r\nHost: test\r\n\r\n"));
                await socket.ReceiveAsync(new byte[1]).WithinAsync();
            }

            // New connections, which come to all threads in turn.
            for (var i = 0; i < 4 * Environment.ProcessorCount; i++)
            {
                using var other = new HttpClient();
                Assert.Equal("\"127.0.0.1:8300\"", (await other.GetStringAsync(At("status/leader")).WithinAsync()).Trim());
            }
        }
        finally
        {
            readers.ForEach(static socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task CheckOfTheAgentItself_Passes()
    {
        await using var process = await StartAsync();
        using var registered = await _http.PutAsync(
            At("agent/check/register"),
            new StringContent($$"""{ "ID": "self", "Name": "self", "HTTP": "{{At("status/leader")}}", "Interval": "100ms" }"""));
        Assert.Equal(HttpStatusCode.OK, registered.StatusCode);

        await Eventually.TrueAsync(async () =>
            (await _http.GetFromJsonAsync<JsonElement>(At("agent/checks"))).GetProperty("self").GetProperty("Status").GetString() == "passing");
    }

    // Consul tells what it measured at the one, and takes no notice of the other.
    [Fact]
    public async Task SignalsOfUsers_EndNothing_AndTheFirstTellsWhatWasMeasured()
    {
        var directory = Directory.CreateTempSubdirectory("rollcall-test-");
        try
        {
            var pid = Path.Combine(directory.FullName, "pid");
            await using var process = await StartAsync("-pid-file", pid);
            await process.ReadLineAsync(static line => line.StartsWith("==> Rollcall agent running!", StringComparison.Ordinal));

            // What is told is of one period: another may begin between request and signal.
            await process.SignalAsync("USR2");
            await Eventually.TrueAsync(
                async () =>
                {
                    await _http.GetStringAsync(At("status/leader"));
                    await process.SignalAsync("USR1");
                    return process.Error.Contains("'consul.http.GET.v1.status.leader': Count: ", StringComparison.Ordinal);
                },
                because: () => process.Error);

            const string Time = @"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC\]";
            Assert.Matches($@"(?m)^{Time}\[G\] 'consul\.autopilot\.healthy': 1\.000$", process.Error);
            Assert.Matches($@"(?m)^{Time}\[S\] 'consul\.http\.GET\.v1\.status\.leader': Count: \d+ .*Sum: \d+\.\d{{3}} LastUpdated: \d{{4}}-.* \+0000 UTC$", process.Error);
            Assert.Equal("\"127.0.0.1:8300\"", (await _http.GetStringAsync(At("status/leader"))).Trim());

            await process.SignalAsync("TERM");
            Assert.Equal(0, await process.WaitForExitAsync());
            Assert.False(File.Exists(pid));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    /// <summary>Completes with the first answer.</summary>
    private async Task<ChildProcess> StartAsync(params string[] arguments)
    {
        var process = RollcallProcess.Start(
            ["agent", "-dev", "-node=n1", string.Create(CultureInfo.InvariantCulture, $"-http-port={_port}"), "-dns-port=-1", "-log-level=warn", .. arguments]);
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                return await _http.GetStringAsync(At("status/leader")) is { Length: > 4 };
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
                return false;
            }
        }, TimeSpan.FromSeconds(30));
        return process;
    }

    private Uri At(string path) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}/v1/{path}"));
}
