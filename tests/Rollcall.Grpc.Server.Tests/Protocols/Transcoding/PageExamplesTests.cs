using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Rollcall.Grpc.Server.Tests.Protocols.Transcoding;

/// <summary>The examples of docs/grpc-json.md, run as they stand.</summary>
public sealed class PageExamplesTests
{
    private static readonly string s_page = File.ReadAllText(RepositoryRoot.Combine("docs", "grpc-json.md"));

    [RequiresCommandFact("curl")]
    public async Task Commands_PrintWhatThePageSays()
    {
        await using var server = await GrpcTestServer.StartAsync(map: app => app.MapGrpcService<ShelvesService>(), protocols: HttpProtocols.Http1AndHttp2);
        var lines = Block("sh").Split('\n');
        Assert.True(lines.Count(IsCommand) > 3);
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

        Assert.All(Block("proto").Split("\n\n"), part => Assert.Contains(part, proto, StringComparison.Ordinal));
    }

    private static string Block(string language)
    {
        var start = s_page.IndexOf($"```{language}\n", StringComparison.Ordinal) + language.Length + 4;
        return s_page[start..s_page.IndexOf("\n```", start, StringComparison.Ordinal)];
    }
}
