using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Rollcall.Dns;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands.Agent;

/// <summary>
/// An agent on a small disk of its own that is really full. The shell keeps the disk, which nobody else sees, while the agent on it is killed and started again.
/// </summary>
public sealed partial class DiskFullTests : IDisposable
{
    private const string Script = """mount -t tmpfs -o size=6m none "$0" && for i in 1 2; do dotnet "$1" agent -data-dir "$0/data" -pid-file "$0/pid" -node n1 -http-port 0 -dns-port 0; done""";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rollcall-test-");
    private readonly HashSet<string> _acknowledged = new(StringComparer.Ordinal);
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);

    public void Dispose() => _directory.Delete(recursive: true);

    [RequiresMountFact]
    public async Task DiskIsFull_ReadsAndDnsGoOn_WritesSayWhy_AndNothingAcknowledgedIsLost()
    {
        await using var shell = ChildProcess.Start("unshare", ["-Urm", "sh", "-c", Script, _directory.FullName, Path.Combine(AppContext.BaseDirectory, "rollcall.dll")]);
        var (http, dns) = await StartedAsync(shell);
        using var first = http;
        Assert.True(await PutAsync(http, "before"));

        // Seen from inside the shell's namespace.
        var disk = string.Create(CultureInfo.InvariantCulture, $"/proc/{shell.ProcessId}/root{_directory.FullName}");
        Fill(Path.Combine(disk, "filler"));
        var writes = 0;
        while (_refused.Count < 40)
        {
            Assert.True(writes < 4000, $"{_refused.Count} of {writes} writes were refused: the disk does not fill");
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => PutAsync(http, string.Create(CultureInfo.InvariantCulture, $"k{Interlocked.Increment(ref writes)}")))).WithinAsync(s_patience);
        }

        await CheckAsync(http);
        Assert.Contains("\"consul\"", await http.GetStringAsync("catalog/services").WithinAsync(), StringComparison.Ordinal);
        Assert.Single((await DnsProbe.AskAsync(dns, "n1.node.consul", DnsType.A)).Answers);

        // A registration says why, too, and is not there.
        using (var register = await http.PutAsync("agent/service/register", new StringContent("""{"Name":"web"}""")).WithinAsync())
        {
            Assert.Equal(HttpStatusCode.InternalServerError, register.StatusCode);
        }

        Assert.DoesNotContain("web", await http.GetStringAsync("agent/services").WithinAsync(), StringComparison.Ordinal);

        File.Delete(Path.Combine(disk, "filler"));
        Assert.True(await PutAsync(http, "after"));
        using (var register = await http.PutAsync("agent/service/register", new StringContent("""{"Name":"web"}""")).WithinAsync())
        {
            Assert.Equal(HttpStatusCode.OK, register.StatusCode);
        }

        await CheckAsync(http);
        await ChildProcess.RunAsync("sh", ["-c", $"kill -KILL {await File.ReadAllTextAsync(Path.Combine(disk, "pid"))}"]);
        using var second = (await StartedAsync(shell)).Http;
        await CheckAsync(second);
        Assert.Contains("\"web\"", await second.GetStringAsync("catalog/services").WithinAsync(), StringComparison.Ordinal);
    }

    private static async Task<(HttpClient Http, IPEndPoint Dns)> StartedAsync(ChildProcess shell)
    {
        var ports = Ports().Match(await shell.ReadLineAsync(static line => Ports().IsMatch(line), s_patience));
        await shell.ReadLineAsync(static line => line.Contains("agent running", StringComparison.Ordinal), s_patience);
        return (
            new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{ports.Groups[1].Value}/v1/") },
            new IPEndPoint(IPAddress.Loopback, int.Parse(ports.Groups[2].ValueSpan, CultureInfo.InvariantCulture)));
    }

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var page = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(page);
            }
        }
        catch (IOException)
        {
            // That was the last one.
        }
    }

    private async Task<bool> PutAsync(HttpClient http, string key)
    {
        using var answer = await http.PutAsync($"kv/{key}", new ByteArrayContent(Encoding.UTF8.GetBytes(new string('x', 3000)))).WithinAsync(s_patience);
        var text = await answer.Content.ReadAsStringAsync();
        var done = answer.StatusCode == HttpStatusCode.OK && text == "true";
        Assert.True(done || (answer.StatusCode == HttpStatusCode.InternalServerError && text.Contains("agent.db", StringComparison.Ordinal)), $"{(int)answer.StatusCode} {text}");
        lock (_acknowledged)
        {
            (done ? _acknowledged : _refused).Add(key);
        }

        return done;
    }

    /// <summary>What was acknowledged is there, and nothing else.</summary>
    private async Task CheckAsync(HttpClient http)
    {
        var keys = JsonNode.Parse(await http.GetStringAsync("kv/?keys").WithinAsync())!.AsArray().Select(static key => (string)key!);
        Assert.Equal(_acknowledged.Order(StringComparer.Ordinal), keys.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"HTTP: (\d+), .*DNS: (\d+)\)")]
    private static partial Regex Ports();
}
