using Rollcall.Interop.Tests.Peers;
using Rollcall.TestKit;

namespace Rollcall.Interop.Tests;

/// <summary>This repository's client against its own server and against foreign ones.</summary>
public class OwnClientTests(OwnServer own, PeerServers peers) : IClassFixture<OwnServer>, IClassFixture<PeerServers>
{
    public static TheoryData<string> Cases => [.. InteropCases.All.Keys];

    public static TheoryData<string> StandardServiceCases => [.. InteropCases.All.Keys, .. InteropCases.StandardServices.Keys];

    [Theory]
    [MemberData(nameof(StandardServiceCases))]
    public Task AgainstItsOwnServer(string name) => RunAsync(new InteropCases(own.Target, PeerCompression.Full), name);

    [RequiresPythonGrpcTheory]
    [MemberData(nameof(Cases))]
    public Task AgainstPython(string name) => RunAsync(ForeignPeer.Python, name);

    [RequiresNodeGrpcTheory]
    [MemberData(nameof(Cases))]
    public Task AgainstNode(string name) => RunAsync(ForeignPeer.Node, name);

    [RequiresCppGrpcTheory]
    [MemberData(nameof(Cases))]
    public Task AgainstCpp(string name) => RunAsync(ForeignPeer.Cpp, name);

    [RequiresGoGrpcTheory]
    [MemberData(nameof(Cases))]
    public Task AgainstGo(string name) => RunAsync(ForeignPeer.Go, name);

    [RequiresDotnetGrpcTheory]
    [MemberData(nameof(StandardServiceCases))]
    public Task AgainstGrpcDotnet(string name) => RunAsync(ForeignPeer.Dotnet, name);

    [RequiresConnectNodeTheory]
    [MemberData(nameof(Cases))]
    public Task AgainstConnectNode(string name) => RunAsync(ForeignPeer.Connect, name);

    private async Task RunAsync(ForeignPeer peer, string name) => await RunAsync(peer.CallsOf(await peers.GetTargetAsync(peer)), name);

    private static async Task RunAsync(InteropCases cases, string name)
    {
        using (cases)
        {
            var run = InteropCases.All.GetValueOrDefault(name) ?? InteropCases.StandardServices[name];
            await run(cases).WithinAsync(TimeSpan.FromSeconds(30));
        }
    }
}
