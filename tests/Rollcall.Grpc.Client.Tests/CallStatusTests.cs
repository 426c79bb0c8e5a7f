using Grpc.Core;
using Rollcall.Discovery.Resilience;

namespace Rollcall.Grpc.Client.Tests;

public class CallStatusTests
{
    /// <summary>Policies name the one, calls end with the other: what is cast from one to the other has to be the same.</summary>
    [Fact]
    public void StatusOfPolicies_IsThatOfCalls_ByNameAndValue() => Assert.Equal(
        Enum.GetValues<StatusCode>().Select(static code => ($"{code}".ToUpperInvariant(), (int)code)),
        Enum.GetValues<CallStatus>().Select(static status => ($"{status}".ToUpperInvariant(), (int)status)));
}
