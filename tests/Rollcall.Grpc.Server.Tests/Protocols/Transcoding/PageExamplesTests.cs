using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Rollcall.Grpc.Server.Tests.Protocols.Transcoding;

/// <summary>The examples of docs/grpc-json.md, run as they stand.</summary>
public sealed class PageExamplesTests
{
    private static readonly string s_page = File.ReadAllText(RepositoryRoot.Combine("docs", "grpc-json.md"));

    [RequiresCommandFact("curl")]
    public async Task Commands_PrintWhatThePageSays()
    {
        await using var server = await GrpcTestServer.StartAsync(
            services: services => services.AddSingleton(new HelloBehavior()),
            map: app =>
            {
                app.MapGrpcService<GreetingService>();
                app.MapGrpcService<ShelvesService>();
            },
            protocols: HttpProtocols.Http1AndHttp2);
        var lines = Blocks("sh").SelectMany(block => block.Split('\n')).ToArray();
        Assert.True(lines.Count(IsCommand) > 7);
        for (var i = 0; i < lines.Length; i++)
        {
            Assert.True(IsCommand(lines[i]));
            var expected = lines.Skip(i + 1).TakeWhile(line => !IsCommand(line)).Select(line => line[2..]).ToList();
            var command = lines[i].Replace("localhost:5000", server.Address.Authority, StringComparison.Ordinal);

            var done = await ChildProcess.RunAsync("/bin/sh", ["-c", command]);

            Assert.Equal(string.Join('\n', expected), done.Output.TrimEnd('\n'));
            i += expected.Count;
        }

        static bool IsCommand(string line) => line.StartsWith("curl ", StringComparison.Ordinal);
    }

    [Fact]
    public void Definition_IsTheOneThatRuns()
    {
        var proto = File.ReadAllText(RepositoryRoot.Combine("tests", "Rollcall.Grpc.Server.Tests", "Protos", "shelves.proto"));

        Assert.All(Assert.Single(Blocks("proto")).Split("\n\n"), part => Assert.Contains(part, proto, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Blocks(string language) =>
        s_page.Split($"\n```{language}\n").Skip(1).Select(rest => rest[..rest.IndexOf("\n```", StringComparison.Ordinal)]);
}
