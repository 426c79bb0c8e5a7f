using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Rollcall.TestKit;
using Rollcall.Testing;

namespace Rollcall.Samples.Tests;

public sealed class WebFrontTests
{
    private static readonly string[] s_answers = ["200 {\"item\":\"apple\",\"cents\":45}", "404 {\"error\":\"There is no price for 'pear'.\"}"];

    [Fact]
    public Task OnItsOwnAgent_AnswersJsonFromTheServiceBehind() => RunAsync(null);

    [RequiresConsulFact]
    public async Task OnRealConsul_AnswersJsonFromTheServiceBehind()
    {
        await using var consul = await RealConsul.StartAsync();
        await RunAsync(consul.Address);
    }

    [RequiresConsulFact]
    public async Task Serve_DrainsTheServiceBehind()
    {
        await using var consul = await RealConsul.StartAsync();
        using var http = new HttpClient { BaseAddress = consul.Address };
        await using var sample = ChildProcess.Start("dotnet", [Sample.Assembly("WebFront"), "serve"], Sample.Environment(consul.Address));
        await sample.ReadLineAsync(line => line.StartsWith("curl", StringComparison.Ordinal));
        var port = 0;
        await Eventually.TrueAsync(async () =>
        {
            using var services = JsonDocument.Parse(await http.GetStringAsync("/v1/agent/services"));
            port = services.RootElement.EnumerateObject().Select(s => s.Value.GetProperty("Port").GetInt32()).SingleOrDefault();
            return port > 0;
        });

        await sample.SignalAsync("TERM");
        await Eventually.TrueAsync(async () => await http.GetStringAsync("/v1/agent/services") is { } services && services.Trim() == "{}");
        var gone = TimeProvider.System.GetTimestamp();

        // Callers that have not heard of it yet meet an open door.
        using var late = new TcpClient();
        await late.ConnectAsync(IPAddress.Loopback, port).WithinAsync();
        Assert.Equal(0, await sample.WaitForExitAsync());
        Assert.True(TimeProvider.System.GetElapsedTime(gone) > TimeSpan.FromSeconds(0.5));
    }

    [Fact]
    public async Task FurtherAgents_AreAskedWhenTheFirstDoesNotAnswer()
    {
        // What it registers goes to the first alone: the service that it finds is another's.
        await using var agent = await TestAgent.StartAsync();
        await using var other = ChildProcess.Start("dotnet", [Sample.Assembly("WebFront"), "serve"], Sample.Environment(agent.Address));
        await other.ReadLineAsync(line => line.StartsWith("curl", StringComparison.Ordinal));
        var environment = Sample.Environment(null);
        environment["CONSUL_HTTP_ADDR"] = $"http://127.0.0.1:1,{agent.Address}";

        var output = await ChildProcess.RunAsync("dotnet", [Sample.Assembly("WebFront")], environment, timeout: TimeSpan.FromSeconds(60));

        // After what it says of the first agent.
        Assert.Equal(s_answers, Lines(output).TakeLast(2));
    }

    private static async Task RunAsync(Uri? consul) => Assert.Equal(s_answers, Lines(await Sample.RunAsync("WebFront", consul)));

    private static string[] Lines(ProcessOutput output) => output.Output.Trim().ReplaceLineEndings("\n").Split('\n');
}
