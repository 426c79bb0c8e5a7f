using Grpc.Core;
using Rollcall.Cli.Commands.Demo.Protocol;

namespace Rollcall.Cli.Commands.Demo;

/// <summary>
/// What an instance of the demo answers. It takes a few milliseconds over each call, as services do: so calls are under way on the instance
/// that is killed, and the table shows more than how fast this machine can send.
/// </summary>
internal sealed class HelloEndpoint(DemoInstanceIdentity identity, TimeProvider time) : HelloService.HelloServiceBase
{
    private static readonly TimeSpan s_work = TimeSpan.FromMilliseconds(5);

    public override async Task<HelloReply> SayHello(HelloRequest request, ServerCallContext context)
    {
        await Task.Delay(s_work, time, context.CancellationToken);
        return new HelloReply { Message = $"Hello, {request.Name}!", Instance = identity.Id };
    }
}
