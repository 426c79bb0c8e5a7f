using Google.Protobuf;
using Grpc.Core;
using Rollcall.Interop.Tests.Protocol;
using Rollcall.TestKit;

namespace Rollcall.Interop.Tests.Peers;

/// <summary>A gRPC implementation of somebody else: how its server and client programs are run.</summary>
internal sealed class ForeignPeer
{
    // A server of gRPC's C core ends a call at its deadline itself, and once more when the service returns. Where it comes to the first one before
    // its client has sent the call, that one may have forgotten the stream, and has to close the connection (RFC 9113 5.1).
    private static readonly TimeSpan s_coreTime = TimeSpan.FromMilliseconds(100);

    private static readonly string s_descriptor = WriteDescriptor();

    private readonly string[] _server;
    private readonly string[] _client;
    private readonly Dictionary<string, string?> _environment = new() { ["GRPC_VERBOSITY"] = null, ["GRPC_TRACE"] = null };

    private ForeignPeer(string[] server, string[] client)
    {
        _server = server;
        _client = client;
        // A proxy of the machine is not meant for loopback.
        foreach (var name in new[] { "http_proxy", "https_proxy", "grpc_proxy", "HTTP_PROXY", "HTTPS_PROXY" })
        {
            _environment[name] = null;
        }
    }

    /// <summary>Python's grpcio, on gRPC's C core.</summary>
    internal static ForeignPeer Python { get; } = new(
        [PythonGrpc.Interpreter, Script("python", "server.py"), s_descriptor], [PythonGrpc.Interpreter, Script("python", "client.py"), s_descriptor])
    {
        _environment = { ["PYTHONDONTWRITEBYTECODE"] = "1" },
        Compression = PeerCompression.CompressesAsAsked,
        ShortTime = s_coreTime,
    };

    /// <summary>Node's grpc-js. Its server compresses nothing.</summary>
    internal static ForeignPeer Node { get; } = new(
        ["node", Script("node", "server.js"), Definition], ["node", Script("node", "client.js"), Definition])
    {
        _environment = { ["NODE_PATH"] = NodeGrpc.ModulesPath },
    };

    /// <summary>gRPC C++, which sees and chooses the compression of every message.</summary>
    internal static ForeignPeer Cpp { get; } =
        new([CppGrpc.Server], [CppGrpc.Client]) { Compression = PeerCompression.Full, ShortTime = s_coreTime };

    /// <summary>grpc-go. Its server compresses nothing that came without compression.</summary>
    internal static ForeignPeer Go { get; } = new([GoGrpc.Program, "server", s_descriptor], [GoGrpc.Program, "client", s_descriptor]);

    /// <summary>grpc-dotnet, speaking gRPC.</summary>
    internal static ForeignPeer Dotnet { get; } = DotnetBy("grpc");

    /// <summary>grpc-dotnet, speaking gRPC-Web by HTTP/2.</summary>
    internal static ForeignPeer DotnetGrpcWeb { get; } = DotnetBy("grpc-web");

    /// <summary>grpc-dotnet, speaking gRPC-Web in base64 by HTTP/2.</summary>
    internal static ForeignPeer DotnetGrpcWebText { get; } = DotnetBy("grpc-web-text");

    /// <summary>grpc-dotnet, speaking gRPC-Web by HTTP/1.1.</summary>
    internal static ForeignPeer DotnetGrpcWebHttp1 { get; } = DotnetBy("grpc-web-http1");

    /// <summary>grpc-dotnet, speaking gRPC-Web in base64 by HTTP/1.1.</summary>
    internal static ForeignPeer DotnetGrpcWebTextHttp1 { get; } = DotnetBy("grpc-web-text-http1");

    /// <summary>Node's connect-node, speaking gRPC. Its server compresses what is large enough.</summary>
    internal static ForeignPeer Connect { get; } = ConnectBy("grpc");

    /// <summary>connect-node, speaking gRPC-Web by HTTP/2.</summary>
    internal static ForeignPeer ConnectGrpcWeb { get; } = ConnectBy("grpc-web");

    /// <summary>connect-node, speaking Connect in Protobuf by HTTP/2.</summary>
    internal static ForeignPeer ConnectProtobuf { get; } = ConnectBy("connect");

    /// <summary>connect-node, speaking Connect in JSON by HTTP/1.1, and by GET where the method allows it.</summary>
    internal static ForeignPeer ConnectJson { get; } = ConnectBy("connect-json");

    /// <summary>What its server can do.</summary>
    internal PeerCompression Compression { get; private init; }

    /// <summary>How long calls of its server that are to miss their deadline have.</summary>
    /// <value>Default 1 ms.</value>
    internal TimeSpan ShortTime { get; private init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>This repository's client for its server.</summary>
    internal InteropCases CallsOf(string target, ChannelCredentials? credentials = null) =>
        new(target, Compression, credentials: credentials) { ShortTime = ShortTime };

    /// <summary>Starts its server; disposing the process ends it, and so does the end of this process.</summary>
    internal async Task<(ChildProcess Process, string Target)> StartServerAsync()
    {
        var process = ChildProcess.Start(_server[0], _server[1..], _environment);
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

    /// <summary>The same with TLS. Only Python's and Node's programs know of it.</summary>
    /// <param name="folder">Has <c>authority.pem</c>, and where it is to have a certificate <c>certificate.pem</c> and <c>key.pem</c>.</param>
    /// <param name="mutual">Whether its server wants certificates of its callers.</param>
    internal ForeignPeer WithTls(string folder, bool mutual = false)
    {
        var peer = new ForeignPeer(_server, _client) { Compression = Compression, ShortTime = ShortTime };
        foreach (var (name, value) in _environment)
        {
            peer._environment[name] = value;
        }

        peer._environment["PEER_TLS"] = folder;
        peer._environment["PEER_TLS_CLIENTS"] = mutual ? "required" : null;
        return peer;
    }

    /// <summary>Runs cases one after the other with its client against <paramref name="target"/>; killed after two minutes.</summary>
    /// <param name="target">Where the server listens.</param>
    /// <param name="cases">Their names.</param>
    /// <param name="connected">Done after the last case, while its connection is still there.</param>
    internal Task<ClientResults> RunClientAsync(string target, IReadOnlyCollection<string> cases, Func<Task>? connected = null) =>
        RunClientAsync(cases, [target, string.Join(',', cases)], TimeSpan.FromMinutes(2), connected);

    /// <summary>Runs one case with its client against <paramref name="target"/>; killed after 30 seconds, 5 minutes when repeated.</summary>
    /// <param name="target">Where the server listens.</param>
    /// <param name="name">The case.</param>
    /// <param name="count">How many times.</param>
    /// <param name="connected">Done after the last time, while its connection is still there.</param>
    internal async Task RunClientAsync(string target, string name, int count = 1, Func<Task>? connected = null)
    {
        var results = await RunClientAsync([name], [target, name, $"{count}"], TimeSpan.FromSeconds(count == 1 ? 30 : 300), connected);
        var failure = results.Failure(name);
        Assert.True(failure is null, $"{name}:\n{failure}");
    }

    private async Task<ClientResults> RunClientAsync(
        IReadOnlyCollection<string> cases, string[] arguments, TimeSpan timeout, Func<Task>? connected)
    {
        await using var client = ChildProcess.Start(_client[0], [.. _client[1..], .. arguments], _environment);
        try
        {
            if (await ComesToItsEndAsync(client, timeout) && connected is not null)
            {
                await connected();
            }

            client.Input.Close();
            var exitCode = await client.WaitForExitAsync();
            return new ClientResults(cases, client.Output, exitCode == 0, $"exit code {exitCode}\n{client.Error}");
        }
        catch (TimeoutException e)
        {
            // What it told of until then stands.
            return new ClientResults(cases, client.Output, false, e.Message);
        }
    }

    /// <summary>False: it ended before.</summary>
    private static async Task<bool> ComesToItsEndAsync(ChildProcess client, TimeSpan timeout)
    {
        try
        {
            _ = await client.ReadLineAsync(line => line == "done", timeout);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static ForeignPeer DotnetBy(string protocol) => new(
        ["dotnet", DotnetGrpc.Assembly, "server"], ["dotnet", DotnetGrpc.Assembly, "client", protocol]) { Compression = PeerCompression.Full };

    private static ForeignPeer ConnectBy(string protocol) => new(
        ["node", Script("connect", "server.js"), s_descriptor], ["node", Script("connect", "client.js"), s_descriptor, protocol])
    {
        _environment = { ["NODE_PATH"] = ConnectNode.ModulesPath },
        Compression = PeerCompression.CompressesEverything,
    };

    private static string Definition => RepositoryRoot.Combine("tests", "Rollcall.Interop.Tests", "Protos", "test.proto");

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
