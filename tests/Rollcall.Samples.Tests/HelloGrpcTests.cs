using Rollcall.TestKit;

namespace Rollcall.Samples.Tests;

[Collection(AloneCollection.Name)]
public sealed class HelloGrpcTests
{
    [Fact]
    public async Task WithoutAName_GreetsTheWorld()
    {
        var output = await Sample.RunAsync("HelloGrpc", null);
        Assert.Equal("Greeting: Hello world", output.Output.Trim());
    }

    [Fact]
    public async Task ClientAgainstServerInAnotherProcess_GreetsTheName()
    {
        var environment = Sample.Environment(null);
        await using var server = ChildProcess.Start("dotnet", [Sample.Assembly("HelloGrpc"), "server"], environment);
        await Eventually.TrueAsync(async () =>
        {
            using var probe = new System.Net.Sockets.TcpClient();
            try
            {
                await probe.ConnectAsync("localhost", int.Parse(environment["PORT"]!, System.Globalization.CultureInfo.InvariantCulture));
                return true;
            }
            catch (System.Net.Sockets.SocketException)
            {
                return false;
            }
        });
        var client = await ChildProcess.RunAsync("dotnet", [Sample.Assembly("HelloGrpc"), "client", "Yu"], environment);
        Assert.True(client.ExitCode == 0, $"{client.ExitCode}: {client.Output}{client.Error}\nserver: {server.Output}{server.Error}");
        Assert.Equal("Greeting: Hello Yu", client.Output.Trim());
    }
}
