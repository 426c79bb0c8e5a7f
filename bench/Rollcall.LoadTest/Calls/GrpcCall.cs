using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Calls;

/// <summary>A unary call by name, without a retry policy.</summary>
internal sealed class GrpcCall(Echo.EchoClient client) : IPacedCall
{
    public async Task CallAsync() =>
        Messages.Check(await client.UnaryAsync(Messages.Payload, deadline: TimeProvider.System.GetUtcNow().UtcDateTime.Add(PacedCalls.Patience)));
}
