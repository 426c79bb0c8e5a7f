using Rollcall.Interop.Tests.Peers;
using Rollcall.TestKit;

namespace Rollcall.Interop.Tests;

/// <summary>Foreign clients against this repository's server.</summary>
public class OwnServerTests(OwnServer own, PeerClients clients) : IClassFixture<OwnServer>, IClassFixture<PeerClients>
{
    private static readonly string[] s_all = [.. InteropCases.All.Keys];

    // grpcio, grpc-go and connect-node let nobody choose the compression of each message in a stream of requests: the first two compress them all
    // or none, connect-node those from a size on.
    private static readonly string[] s_cases = [.. s_all.Where(name => name != "client_compressed_streaming")];
    private static readonly string[] s_unary =
    [
        "empty_unary", "large_unary", "custom_metadata", "status_code_and_message", "special_status_message", "unimplemented_method",
        "unimplemented_service",
    ];
    private static readonly string[] s_pythonCases = [.. s_cases, .. InteropCases.StandardServices.Keys];
    private static readonly string[] s_everything = [.. s_all, .. InteropCases.StandardServices.Keys];

    // In base64 the service can't see which messages came compressed.
    private static readonly string[] s_text = [.. s_everything.Where(name => !name.StartsWith("client_compressed", StringComparison.Ordinal))];

    // HttpClient sends a whole request by HTTP/1.1 before it reads of the response.
    private static readonly string[] s_http1 = [.. s_text.Except(["ping_pong", "cancel_after_first_response", "reflection"])];

    public static TheoryData<string> AllCases => [.. s_all];

    public static TheoryData<string> Everything => [.. s_everything];

    public static TheoryData<string> TextCases => [.. s_text];

    public static TheoryData<string> Http1Cases => [.. s_http1];

    public static TheoryData<string> Cases => [.. s_cases];

    public static TheoryData<string> UnaryCases => [.. s_unary];

    public static TheoryData<string> PythonCases => [.. s_pythonCases];

    [RequiresPythonGrpcTheory]
    [MemberData(nameof(PythonCases))]
    public Task CalledByPython(string name) => clients.PassedAsync(ForeignPeer.Python, own, s_pythonCases, name);

    [RequiresNodeGrpcTheory]
    [MemberData(nameof(Everything))]
    public Task CalledByNode(string name) => clients.PassedAsync(ForeignPeer.Node, own, s_everything, name);

    [RequiresCppGrpcTheory]
    [MemberData(nameof(AllCases))]
    public Task CalledByCpp(string name) => clients.PassedAsync(ForeignPeer.Cpp, own, s_all, name);

    [RequiresGoGrpcTheory]
    [MemberData(nameof(Cases))]
    public Task CalledByGo(string name) => clients.PassedAsync(ForeignPeer.Go, own, s_cases, name);

    [RequiresDotnetGrpcTheory]
    [MemberData(nameof(Everything))]
    public Task CalledByGrpcDotnet(string name) => clients.PassedAsync(ForeignPeer.Dotnet, own, s_everything, name);

    // As Node's, its client sends and receives at the same time.
    [RequiresDotnetGrpcTheory]
    [MemberData(nameof(Everything))]
    public Task CalledByGrpcDotnetOverGrpcWeb(string name) => clients.PassedAsync(ForeignPeer.DotnetGrpcWeb, own, s_everything, name);

    [RequiresDotnetGrpcTheory]
    [MemberData(nameof(TextCases))]
    public Task CalledByGrpcDotnetOverGrpcWebText(string name) => clients.PassedAsync(ForeignPeer.DotnetGrpcWebText, own, s_text, name);

    [RequiresDotnetGrpcTheory]
    [MemberData(nameof(Http1Cases))]
    public Task CalledByGrpcDotnetOverGrpcWebHttp1(string name) => clients.PassedAsync(ForeignPeer.DotnetGrpcWebHttp1, own, s_http1, name);

    [RequiresDotnetGrpcTheory]
    [MemberData(nameof(Http1Cases))]
    public Task CalledByGrpcDotnetOverGrpcWebTextHttp1(string name) => clients.PassedAsync(ForeignPeer.DotnetGrpcWebTextHttp1, own, s_http1, name);

    [RequiresConnectNodeTheory]
    [MemberData(nameof(Cases))]
    public Task CalledByConnectNode(string name) => clients.PassedAsync(ForeignPeer.Connect, own, s_cases, name);

    // Node sends and receives at the same time, which browsers do not.
    [RequiresConnectNodeTheory]
    [MemberData(nameof(Cases))]
    public Task CalledByConnectNodeOverGrpcWeb(string name) => clients.PassedAsync(ForeignPeer.ConnectGrpcWeb, own, s_cases, name);

    [RequiresConnectNodeTheory]
    [MemberData(nameof(UnaryCases))]
    public Task CalledByConnectNodeInProtobuf(string name) => clients.PassedAsync(ForeignPeer.ConnectProtobuf, own, s_unary, name);

    [RequiresConnectNodeTheory]
    [MemberData(nameof(UnaryCases))]
    public async Task CalledByConnectNodeInJson(string name)
    {
        await clients.PassedAsync(ForeignPeer.ConnectJson, own, s_unary, name);

        // EmptyCall, which may come by GET, when it connected and in its case. Nobody else sends one.
        Assert.Equal(2, own.Gets);
    }
}
