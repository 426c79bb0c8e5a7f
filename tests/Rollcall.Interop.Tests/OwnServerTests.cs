using Rollcall.Interop.Tests.Peers;
using Rollcall.TestKit;

namespace Rollcall.Interop.Tests;

/// <summary>Foreign clients against this repository's server.</summary>
public class OwnServerTests(OwnServer own, PeerClients clients) : IClassFixture<OwnServer>, IClassFixture<PeerClients>
{
    private static readonly string[] s_all = [.. InteropCases.All.Keys];

    // Only gRPC C++ and grpc-dotnet choose the compression of each message in a stream of requests.
    private static readonly string[] s_cases = [.. s_all.Where(name => name != "client_compressed_streaming")];
    private static readonly string[] s_unary =
    [
        "empty_unary", "large_unary", "custom_metadata", "status_code_and_message", "special_status_message", "unimplemented_method",
        "unimplemented_service",
    ];
    private static readonly string[] s_standardServices = [.. s_cases, .. InteropCases.StandardServices.Keys];
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

    public static TheoryData<string> StandardServiceCases => [.. s_standardServices];

    [RequiresPythonGrpcTheory]
    [MemberData(nameof(StandardServiceCases))]
    public Task CalledByPython(string name) => clients.PassedAsync(ForeignPeer.Python, own.Target, s_standardServices, name);

    [RequiresNodeGrpcTheory]
    [MemberData(nameof(StandardServiceCases))]
    public Task CalledByNode(string name) => clients.PassedAsync(ForeignPeer.Node, own.Target, s_standardServices, name);

    [RequiresCppGrpcTheory]
    [MemberData(nameof(AllCases))]
    public Task CalledByCpp(string name) => clients.PassedAsync(ForeignPeer.Cpp, own.Target, s_all, name);

    [RequiresDotnetGrpcTheory]
    [MemberData(nameof(Everything))]
    public Task CalledByGrpcDotnet(string name) => clients.PassedAsync(ForeignPeer.Dotnet, own.Target, s_everything, name);

    // As Node's, its client sends and receives at the same time.
    [RequiresDotnetGrpcTheory]
    [MemberData(nameof(Everything))]
    public Task CalledByGrpcDotnetOverGrpcWeb(string name) => clients.PassedAsync(ForeignPeer.DotnetGrpcWeb, own.Target, s_everything, name);

    [RequiresDotnetGrpcTheory]
    [MemberData(nameof(TextCases))]
    public Task CalledByGrpcDotnetOverGrpcWebText(string name) => clients.PassedAsync(ForeignPeer.DotnetGrpcWebText, own.Target, s_text, name);

    [RequiresDotnetGrpcTheory]
    [MemberData(nameof(Http1Cases))]
    public Task CalledByGrpcDotnetOverGrpcWebHttp1(string name) => clients.PassedAsync(ForeignPeer.DotnetGrpcWebHttp1, own.Target, s_http1, name);

    [RequiresDotnetGrpcTheory]
    [MemberData(nameof(Http1Cases))]
    public Task CalledByGrpcDotnetOverGrpcWebTextHttp1(string name) => clients.PassedAsync(ForeignPeer.DotnetGrpcWebTextHttp1, own.Target, s_http1, name);

    [RequiresConnectNodeTheory]
    [MemberData(nameof(Cases))]
    public Task CalledByConnectNode(string name) => clients.PassedAsync(ForeignPeer.Connect, own.Target, s_cases, name);

    // Node sends and receives at the same time, which browsers do not.
    [RequiresConnectNodeTheory]
    [MemberData(nameof(Cases))]
    public Task CalledByConnectNodeOverGrpcWeb(string name) => clients.PassedAsync(ForeignPeer.ConnectGrpcWeb, own.Target, s_cases, name);

    [RequiresConnectNodeTheory]
    [MemberData(nameof(UnaryCases))]
    public Task CalledByConnectNodeInProtobuf(string name) => clients.PassedAsync(ForeignPeer.ConnectProtobuf, own.Target, s_unary, name);

    [RequiresConnectNodeTheory]
    [MemberData(nameof(UnaryCases))]
    public Task CalledByConnectNodeInJson(string name) => clients.PassedAsync(ForeignPeer.ConnectJson, own.Target, s_unary, name);
}
