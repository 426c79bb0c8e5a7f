using Rollcall.Grpc.Client;
using Rollcall.Interop.Tests.Peers;
using Rollcall.TestKit;

namespace Rollcall.Interop.Tests;

/// <summary>This repository's client against its own server and against foreign ones.</summary>
public class OwnClientTests(OwnServer own, PeerServers peers) : IClassFixture<OwnServer>, IClassFixture<PeerServers>
{
    public static TheoryData<string> Cases => [.. InteropCases.All.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public Task AgainstItsOwnServer(string name) => RunAsync(own.Target, name);

    [RequiresPythonGrpcTheory]
    [MemberData(nameof(Cases))]
    public async Task AgainstPython(string name) => await RunAsync(await peers.PythonAsync(), name);

    [RequiresNodeGrpcTheory]
    [MemberData(nameof(Cases))]
    public async Task AgainstNode(string name) => await RunAsync(await peers.NodeAsync(), name);

    private static async Task RunAsync(string target, string name)
    {
        await using var channel = GrpcChannel.ForAddress("http://" + target);
        await InteropCases.All[name](new InteropCases(channel)).WithinAsync(TimeSpan.FromSeconds(30));
    }
}
