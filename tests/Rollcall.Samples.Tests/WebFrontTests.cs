using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Rollcall.TestKit;

namespace Rollcall.Samples.Tests;

public sealed class WebFrontTests
{
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

    private static async Task RunAsync(Uri? consul)
    {
        var output = await Sample.RunAsync("WebFront", consul);
        Assert.Equal(
            ["200 {\"item\":\"apple\",\"cents\":45}", "404 {\"error\":\"There is no price for 'pear'.\"}"],
            output.Output.Trim().ReplaceLineEndings("\n").Split('\n'));
    }
}
