using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Rollcall.Cli.Commands.Calls;

namespace Rollcall.Cli.Tests.Commands.Calls;

public sealed class StatusDetailsTests
{
    [Fact]
    public void DeepDetails_AreShown()
    {
        Assert.EndsWith("}}}", Assert.Single(StatusDetails.Read(Nested(80), null)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(5_000)]
    public void DetailsThatAreTooDeep_AreNone(int depth) => Assert.Empty(StatusDetails.Read(Nested(depth), null));

    private static Metadata Nested(int depth)
    {
        var any = Any.Pack(new Empty());
        for (var level = 0; level < depth; level++)
        {
            any = Any.Pack(any);
        }

        // google.rpc.Status: the details are field 3.
        using var status = new MemoryStream();
        using (var output = new CodedOutputStream(status, leaveOpen: true))
        {
            output.WriteTag(3, WireFormat.WireType.LengthDelimited);
            output.WriteMessage(any);
        }

        return new Metadata { { "grpc-status-details-bin", status.ToArray() } };
    }
}
