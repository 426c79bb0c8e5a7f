using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands.Calls;

/// <summary>The commands against somebody else's reflection: grpc-js's, on the test service of gRPC's interoperability cases.</summary>
public sealed class ForeignReflectionTests
{
    private static readonly Uri s_noAgent = new("http://127.0.0.1:1");

    [RequiresNodeGrpcFact]
    public async Task Service_IsDescribed()
    {
        var (server, target) = await StartAsync();
        await using (server)
        {
            var services = await CliRun.RunAsync(s_noAgent, "describe", target);
            var method = await CliRun.RunAsync(s_noAgent, "describe", target, "grpc.testing.TestService/FullDuplexCall");
            Assert.Contains("grpc.testing.TestService\n", services.Output, StringComparison.Ordinal);
            Assert.Contains(
                "rpc FullDuplexCall(stream grpc.testing.StreamingOutputCallRequest) returns (stream grpc.testing.StreamingOutputCallResponse);\n",
                method.Output,
                StringComparison.Ordinal);
            Assert.Equal(("", ""), (services.Error, method.Error));
        }
    }

    [RequiresNodeGrpcFact]
    public async Task Method_IsCalled()
    {
        var (server, target) = await StartAsync();
        await using (server)
        {
            var call = await CliRun.RunAsync(s_noAgent, "call", target, "grpc.testing.TestService/UnaryCall", """{"responseSize":3}""");
            Assert.Equal("{\n  \"payload\": {\n    \"body\": \"AAAA\"\n  }\n}\n", call.Output);
            Assert.Equal((0, ""), (call.ExitCode, call.Error));
        }
    }

    private static async Task<(ChildProcess Server, string Target)> StartAsync()
    {
        var interop = RepositoryRoot.Combine("tests", "Rollcall.Interop.Tests");
        var server = ChildProcess.Start(
            "node",
            [Path.Combine(interop, "Peers", "node", "server.js"), Path.Combine(interop, "Protos", "test.proto")],
            new Dictionary<string, string?> { ["NODE_PATH"] = NodeGrpc.ModulesPath });
        try
        {
            var line = await server.ReadLineAsync(l => l.StartsWith("port ", StringComparison.Ordinal));
            return (server, "127.0.0.1:" + line[5..]);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }
}
