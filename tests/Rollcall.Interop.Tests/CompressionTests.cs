using Rollcall.Interop.Tests.Peers;
using Rollcall.TestKit;

namespace Rollcall.Interop.Tests;

/// <summary>What foreign clients don't show of compression, and what a look at the messages would change.</summary>
public class CompressionTests
{
    public static TheoryData<string> ServerCases => ["server_compressed_unary", "server_compressed_streaming"];

    // The clients of these libraries are not told which messages came compressed.
    [RequiresPythonGrpcTheory]
    [MemberData(nameof(ServerCases))]
    public Task CalledByPython_ResponsesAreCompressedAsAsked(string name) => CompressedAsAskedAsync(ForeignPeer.Python, name);

    [RequiresNodeGrpcTheory]
    [MemberData(nameof(ServerCases))]
    public Task CalledByNode_ResponsesAreCompressedAsAsked(string name) => CompressedAsAskedAsync(ForeignPeer.Node, name);

    [RequiresConnectNodeTheory]
    [MemberData(nameof(ServerCases))]
    public Task CalledByConnectNode_ResponsesAreCompressedAsAsked(string name) => CompressedAsAskedAsync(ForeignPeer.Connect, name);

    [RequiresGoGrpcTheory]
    [MemberData(nameof(ServerCases))]
    public Task CalledByGo_ResponsesAreCompressedAsAsked(string name) => CompressedAsAskedAsync(ForeignPeer.Go, name);

    // With Kestrel's own reader of the request, which a stream in its place replaces.
    [RequiresPythonGrpcTheory]
    [InlineData("client_compressed_unary")]
    [InlineData("compressed_requests")]
    public Task CalledByPython_CompressedRequestsThatNobodyWatches(string name) => NobodyWatchesAsync(ForeignPeer.Python, name);

    [RequiresNodeGrpcTheory]
    [InlineData("client_compressed_unary")]
    [InlineData("compressed_requests")]
    public Task CalledByNode_CompressedRequestsThatNobodyWatches(string name) => NobodyWatchesAsync(ForeignPeer.Node, name);

    [RequiresConnectNodeTheory]
    [InlineData("client_compressed_unary")]
    [InlineData("compressed_requests")]
    public Task CalledByConnectNode_CompressedRequestsThatNobodyWatches(string name) => NobodyWatchesAsync(ForeignPeer.Connect, name);

    [RequiresCppGrpcTheory]
    [InlineData("client_compressed_unary")]
    public Task CalledByCpp_CompressedRequestsThatNobodyWatches(string name) => NobodyWatchesAsync(ForeignPeer.Cpp, name);

    [RequiresGoGrpcTheory]
    [InlineData("client_compressed_unary")]
    public Task CalledByGo_CompressedRequestsThatNobodyWatches(string name) => NobodyWatchesAsync(ForeignPeer.Go, name);

    [RequiresDotnetGrpcTheory]
    [InlineData("client_compressed_unary")]
    public Task CalledByGrpcDotnet_CompressedRequestsThatNobodyWatches(string name) => NobodyWatchesAsync(ForeignPeer.Dotnet, name);

    private static async Task CompressedAsAskedAsync(ForeignPeer peer, string name)
    {
        var own = new OwnServer { WatchesResponses = true };
        await RunAsync(peer, own, name);

        // Of two messages the first was to be compressed and the second was not.
        bool[] flags = [.. own.SentFlags.Where(sent => !sent.Method.EndsWith("/EmptyCall", StringComparison.Ordinal)).SelectMany(sent => sent.Flags)];
        Assert.Equal([true, false], flags);
    }

    private static Task NobodyWatchesAsync(ForeignPeer peer, string name) => RunAsync(peer, new OwnServer { WatchesRequests = false }, name);

    private static async Task RunAsync(ForeignPeer peer, OwnServer own, string name)
    {
        await own.InitializeAsync();
        try
        {
            await peer.RunClientAsync(own.Target, name, connected: own.NoCallIsLeftAsync);
        }
        finally
        {
            await own.DisposeAsync();
        }
    }
}
