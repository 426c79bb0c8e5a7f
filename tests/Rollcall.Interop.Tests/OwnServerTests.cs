using Rollcall.Interop.Tests.Peers;
using Rollcall.TestKit;

namespace Rollcall.Interop.Tests;

/// <summary>Foreign clients against this repository's server.</summary>
public class OwnServerTests(OwnServer own) : IClassFixture<OwnServer>
{
    public static TheoryData<string> Cases => [.. InteropCases.All.Keys];

    public static TheoryData<string> PythonCases => [.. InteropCases.All.Keys, "client_compressed_unary"];

    [RequiresPythonGrpcTheory]
    [MemberData(nameof(PythonCases))]
    public Task CalledByPython(string name) => ForeignPeer.Python.RunClientAsync(own.Target, name);

    [RequiresNodeGrpcTheory]
    [MemberData(nameof(Cases))]
    public Task CalledByNode(string name) => ForeignPeer.Node.RunClientAsync(own.Target, name);
}
