using System.Globalization;
using Rollcall.Interop.Tests.Peers;
using Rollcall.TestKit;

namespace Rollcall.Interop.Tests;

/// <summary>
/// Deadlines and cancellations race with the answer: a status that is wrong once in a thousand times shows only in a thousand
/// repetitions. <c>ROLLCALL_REPETITIONS</c> says how many; without it Node's peers, which take longest, do fewer.
/// </summary>
[Collection(AloneCollection.Name)]
public class RepetitionTests(OwnServer own, PeerServers peers) : IClassFixture<OwnServer>, IClassFixture<PeerServers>
{
    private const int Parallel = 16;

    private static readonly string? s_asked = Environment.GetEnvironmentVariable("ROLLCALL_REPETITIONS");
    private static readonly int s_many = Count(1000);
    private static readonly int s_fewer = Count(200);

    public static TheoryData<string> Cases => ["timeout_on_sleeping_server", "cancel_after_begin", "cancel_after_first_response"];

    [Theory]
    [MemberData(nameof(Cases))]
    public Task OwnClient_AgainstItsOwnServer(string name) => RunAsync(own.Target, name, s_many);

    [RequiresPythonGrpcTheory]
    [MemberData(nameof(Cases))]
    public async Task OwnClient_AgainstPython(string name) => await RunAsync(await peers.GetTargetAsync(ForeignPeer.Python), name, s_many);

    [RequiresNodeGrpcTheory]
    [MemberData(nameof(Cases))]
    public async Task OwnClient_AgainstNode(string name) => await RunAsync(await peers.GetTargetAsync(ForeignPeer.Node), name, s_fewer);

    [RequiresCppGrpcTheory]
    [MemberData(nameof(Cases))]
    public async Task OwnClient_AgainstCpp(string name) => await RunAsync(await peers.GetTargetAsync(ForeignPeer.Cpp), name, s_many);

    [RequiresDotnetGrpcTheory]
    [MemberData(nameof(Cases))]
    public async Task OwnClient_AgainstGrpcDotnet(string name) => await RunAsync(await peers.GetTargetAsync(ForeignPeer.Dotnet), name, s_many);

    [RequiresConnectNodeTheory]
    [MemberData(nameof(Cases))]
    public async Task OwnClient_AgainstConnectNode(string name) => await RunAsync(await peers.GetTargetAsync(ForeignPeer.Connect), name, s_fewer);

    [RequiresPythonGrpcTheory]
    [MemberData(nameof(Cases))]
    public Task OwnServer_CalledByPython(string name) => ForeignPeer.Python.RunClientAsync(own.Target, name, s_many);

    [RequiresNodeGrpcTheory]
    [MemberData(nameof(Cases))]
    public Task OwnServer_CalledByNode(string name) => ForeignPeer.Node.RunClientAsync(own.Target, name, s_fewer);

    [RequiresCppGrpcTheory]
    [MemberData(nameof(Cases))]
    public Task OwnServer_CalledByCpp(string name) => ForeignPeer.Cpp.RunClientAsync(own.Target, name, s_many);

    [RequiresDotnetGrpcTheory]
    [MemberData(nameof(Cases))]
    public Task OwnServer_CalledByGrpcDotnet(string name) => ForeignPeer.Dotnet.RunClientAsync(own.Target, name, s_many);

    [RequiresConnectNodeTheory]
    [MemberData(nameof(Cases))]
    public Task OwnServer_CalledByConnectNode(string name) => ForeignPeer.Connect.RunClientAsync(own.Target, name, s_fewer);

    private static int Count(int usual) => s_asked is null ? usual : int.Parse(s_asked, CultureInfo.InvariantCulture);

    private static async Task RunAsync(string target, string name, int count)
    {
        using var cases = new InteropCases(target, PeerCompression.None);
        var left = count;

        // The deadline is for a call: not for connecting, and not for compiling what it needs.
        await cases.WarmUpAsync();

        async Task RepeatAsync()
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                await InteropCases.All[name](cases);
            }
        }

        await Task.WhenAll(Enumerable.Range(0, Parallel).Select(_ => RepeatAsync())).WithinAsync(TimeSpan.FromMinutes(5));
    }
}
