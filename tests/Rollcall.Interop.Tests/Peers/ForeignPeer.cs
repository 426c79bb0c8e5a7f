using Google.Protobuf;
using Rollcall.Interop.Tests.Protocol;
using Rollcall.TestKit;

namespace Rollcall.Interop.Tests.Peers;

/// <summary>A gRPC implementation of somebody else: how its server and client programs are run.</summary>
internal sealed class ForeignPeer
{
    private readonly string _program;
    private readonly string[] _server;
    private readonly string[] _client;
    private readonly Dictionary<string, string?> _environment = new() { ["GRPC_VERBOSITY"] = null, ["GRPC_TRACE"] = null };

    private ForeignPeer(string program, string folder, string extension, string definition)
    {
        _program = program;
        _server = [Script(folder, "server" + extension), definition];
        _client = [Script(folder, "client" + extension), definition];
        // A proxy of the machine is not meant for loopback.
        foreach (var name in new[] { "http_proxy", "https_proxy", "grpc_proxy", "HTTP_PROXY", "HTTPS_PROXY" })
        {
            _environment[name] = null;
        }
    }

    /// <summary>Python's grpcio, on gRPC's C core.</summary>
    internal static ForeignPeer Python { get; } = new(PythonGrpc.Interpreter, "python", ".py", WriteDescriptor())
    {
        _environment = { ["PYTHONDONTWRITEBYTECODE"] = "1" },
    };

    /// <summary>Node's grpc-js.</summary>
    internal static ForeignPeer Node { get; } = new(
        "node", "node", ".js", RepositoryRoot.Combine("tests", "Rollcall.Interop.Tests", "Protos", "test.proto"))
    {
        _environment = { ["NODE_PATH"] = NodeGrpc.ModulesPath },
    };

    /// <summary>Starts its server; disposing the process ends it, and so does the end of this process.</summary>
    internal async Task<(ChildProcess Process, string Target)> StartServerAsync()
    {
        var process = ChildProcess.Start(_program, _server, _environment);
        try
        {
            var line = await process.ReadLineAsync(l => l.StartsWith("port ", StringComparison.Ordinal));
            return (process, "127.0.0.1:" + line[5..]);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs one case with its client against <paramref name="target"/>; killed after 30 seconds.</summary>
    internal async Task RunClientAsync(string target, string name)
    {
        var done = await ChildProcess.RunAsync(_program, [.. _client, target, name], _environment);
        Assert.True(done.ExitCode == 0 && done.Output.Contains("ok", StringComparison.Ordinal), $"{name}:\n{done.Output}{done.Error}");
    }

    private static string Script(string folder, string file) =>
        RepositoryRoot.Combine("tests", "Rollcall.Interop.Tests", "Peers", folder, file);

    // Beside the test assembly: generated from the same .proto file, so that the peer needs no compiler of its own.
    private static string WriteDescriptor()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "test.descriptor");
        File.WriteAllBytes(path, TestReflection.Descriptor.SerializedData.ToByteArray());
        return path;
    }
}
