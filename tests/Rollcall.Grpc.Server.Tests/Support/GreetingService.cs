using Grpc.Core;
using Rollcall.Grpc.Server.Tests.Hello;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>Does as <see cref="HelloBehavior"/> says.</summary>
internal sealed class GreetingService(HelloBehavior behavior) : HelloService.HelloServiceBase
{
    public override Task<HelloReply> SayHello(HelloRequest request, ServerCallContext context) => behavior.SayHello(request, context);

    public override Task<Memory> Remember(Memory request, ServerCallContext context) => behavior.Remember(request, context);
}
