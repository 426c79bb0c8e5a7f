using Rollcall.Discovery;
using Rollcall.Grpc.Client.Internal;

namespace Rollcall.Grpc.Client.Tests.Internal;

public class TransportErrorTests
{
    [Theory]
    [InlineData("hello", "", HttpRequestError.NameResolutionError, true)]
    [InlineData("hello.example.org", "", HttpRequestError.NameResolutionError, false)]
    [InlineData("hello", "", HttpRequestError.ConnectionError, false)]
    [InlineData("web1", "hello", HttpRequestError.NameResolutionError, false)]
    public void BareNameThatNoNameServerKnows_IsToldTheTargetOfAService(string host, string service, HttpRequestError error, bool isTold)
    {
        var text = TransportError.NoConnection(new Endpoint("x", host, 80) { ServiceName = service }, new HttpRequestException(error, "Name or service not known"));

        Assert.StartsWith($"No connection to {host}:80: Name or service not known.", text, StringComparison.Ordinal);
        Assert.Equal(isTold, text.EndsWith("the target for it is consul:///hello", StringComparison.Ordinal));
    }
}
