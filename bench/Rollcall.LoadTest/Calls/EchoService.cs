using Grpc.Core;

namespace Rollcall.LoadTest.Calls;

internal sealed class EchoService : Echo.EchoBase
{
    public override Task<Payload> Unary(Payload request, ServerCallContext context) => Task.FromResult(request);
}
