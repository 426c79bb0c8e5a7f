using Rollcall.Interop.Tests.Peers;
using Rollcall.TestKit;

namespace Rollcall.Interop.Tests;

/// <summary>Foreign clients against this repository's server.</summary>
public class OwnServerTests(OwnServer own) : IClassFixture<OwnServer>
{
    public static TheoryData<string> AllCases => [.. InteropCases.All.Keys];

    // Only gRPC C++ chooses the compression of each message in a stream of requests.
    public static TheoryData<string> Cases => [.. CaseNames];

    public static TheoryData<string> UnaryCases =>
    [
        "empty_unary", "large_unary", "custom_metadata", "status_code_and_message", "special_status_message", "unimplemented_method",
        "unimplemented_service",
    ];

    public static TheoryData<string> StandardServiceCases => [.. CaseNames, "health", "reflection"];

    private static IEnumerable<string> CaseNames => InteropCases.All.Keys.Where(name => name != "client_compressed_streaming");

    [RequiresPythonGrpcTheory]
    [MemberData(nameof(StandardServiceCases))]
    public Task CalledByPython(string name) => ForeignPeer.Python.RunClientAsync(own.Target, name);

    [RequiresNodeGrpcTheory]
    [MemberData(nameof(StandardServiceCases))]
    public Task CalledByNode(string name) => ForeignPeer.Node.RunClientAsync(own.Target, name);

    [RequiresCppGrpcTheory]
    [MemberData(nameof(AllCases))]
    public Task CalledByCpp(string name) => ForeignPeer.Cpp.RunClientAsync(own.Target, name);

    [RequiresConnectNodeTheory]
    [MemberData(nameof(Cases))]
    public Task CalledByConnectNode(string name) => ForeignPeer.Connect.RunClientAsync(own.Target, name);

    // Node sends and receives at the same time, which browsers do not.
    [RequiresConnectNodeTheory]
    [MemberData(nameof(Cases))]
    public Task CalledByConnectNodeOverGrpcWeb(string name) => ForeignPeer.ConnectBy("grpc-web").RunClientAsync(own.Target, name);

    [RequiresConnectNodeTheory]
    [MemberData(nameof(UnaryCases))]
    public Task CalledByConnectNodeInProtobuf(string name) => ForeignPeer.ConnectBy("connect").RunClientAsync(own.Target, name);

    // By HTTP/1.1, and by GET where the method allows it.
    [RequiresConnectNodeTheory]
    [MemberData(nameof(UnaryCases))]
    public Task CalledByConnectNodeInJson(string name) => ForeignPeer.ConnectBy("connect-json").RunClientAsync(own.Target, name);
}
