using System.Globalization;
using Rollcall.Interop.Tests.Peers;
using Rollcall.TestKit;

namespace Rollcall.Interop.Tests;

/// <summary>
/// Deadlines and cancellations race with the answer: a status that is wrong once in a thousand times shows only in a thousand
/// repetitions. A client that says that it gave a call up says nothing of the server: there, with the client's connection still open, no
/// call may be left. <c>ROLLCALL_REPETITIONS</c> says how many repetitions; without it 1000.
/// </summary>
[Collection(AloneCollection.Name)]
public class RepetitionTests(BusyServer own, PeerServers peers) : IClassFixture<BusyServer>, IClassFixture<PeerServers>
{
    private const int Parallel = 16;

    private static readonly int s_count =
        int.Parse(Environment.GetEnvironmentVariable("ROLLCALL_REPETITIONS") ?? "1000", CultureInfo.InvariantCulture);

    public static TheoryData<string> Cases => ["timeout_on_sleeping_server", "cancel_after_begin", "cancel_after_first_response"];

    [Theory]
    [MemberData(nameof(Cases))]
    public Task OwnClient_AgainstItsOwnServer(string name) => RunAsync(new InteropCases(own.Target, PeerCompression.Full), name, own.NoCallIsLeftAsync);

    [RequiresPythonGrpcTheory]
    [MemberData(nameof(Cases))]
    public async Task OwnClient_AgainstPython(string name) => await RunAsync(ForeignPeer.Python, name);

    [RequiresNodeGrpcTheory]
    [MemberData(nameof(Cases))]
    public async Task OwnClient_AgainstNode(string name) => await RunAsync(ForeignPeer.Node, name);

    [RequiresCppGrpcTheory]
    [MemberData(nameof(Cases))]
    public async Task OwnClient_AgainstCpp(string name) => await RunAsync(ForeignPeer.Cpp, name);

    [RequiresGoGrpcTheory]
    [MemberData(nameof(Cases))]
    public async Task OwnClient_AgainstGo(string name) => await RunAsync(ForeignPeer.Go, name);

    [RequiresDotnetGrpcTheory]
    [MemberData(nameof(Cases))]
    public async Task OwnClient_AgainstGrpcDotnet(string name) => await RunAsync(ForeignPeer.Dotnet, name);

    [RequiresConnectNodeTheory]
    [MemberData(nameof(Cases))]
    public async Task OwnClient_AgainstConnectNode(string name) => await RunAsync(ForeignPeer.Connect, name);

    [RequiresPythonGrpcTheory]
    [MemberData(nameof(Cases))]
    public Task OwnServer_CalledByPython(string name) => ForeignPeer.Python.RunClientAsync(own.Target, name, s_count, own.NoCallIsLeftAsync);

    [RequiresNodeGrpcTheory]
    [MemberData(nameof(Cases))]
    public Task OwnServer_CalledByNode(string name) => ForeignPeer.Node.RunClientAsync(own.Target, name, s_count, own.NoCallIsLeftAsync);

    [RequiresCppGrpcTheory]
    [MemberData(nameof(Cases))]
    public Task OwnServer_CalledByCpp(string name) => ForeignPeer.Cpp.RunClientAsync(own.Target, name, s_count, own.NoCallIsLeftAsync);

    [RequiresGoGrpcTheory]
    [MemberData(nameof(Cases))]
    public Task OwnServer_CalledByGo(string name) => ForeignPeer.Go.RunClientAsync(own.Target, name, s_count, own.NoCallIsLeftAsync);

    [RequiresDotnetGrpcTheory]
    [MemberData(nameof(Cases))]
    public Task OwnServer_CalledByGrpcDotnet(string name) => ForeignPeer.Dotnet.RunClientAsync(own.Target, name, s_count, own.NoCallIsLeftAsync);

    [RequiresConnectNodeTheory]
    [MemberData(nameof(Cases))]
    public Task OwnServer_CalledByConnectNode(string name) => ForeignPeer.Connect.RunClientAsync(own.Target, name, s_count, own.NoCallIsLeftAsync);

    private async Task RunAsync(ForeignPeer peer, string name) => await RunAsync(peer.CallsOf(await peers.GetTargetAsync(peer)), name, () => Task.CompletedTask);

    private static async Task RunAsync(InteropCases cases, string name, Func<Task> connected)
    {
        using (cases)
        {
            // The deadline is for a call: not for connecting, and not for compiling what it needs.
            await cases.WarmUpAsync();
            var left = s_count;

            async Task RepeatAsync()
            {
                while (Interlocked.Decrement(ref left) >= 0)
                {
                    await InteropCases.All[name](cases);
                }
            }

            await Task.WhenAll(Enumerable.Range(0, Parallel).Select(_ => RepeatAsync())).WithinAsync(TimeSpan.FromMinutes(5));
            await connected();
        }
    }
}
