using Grpc.Core;

namespace HelloByName;

internal sealed class GreetingService : HelloService.HelloServiceBase
{
    public override Task<HelloReply> SayHello(HelloRequest request, ServerCallContext context) =>
        Task.FromResult(new HelloReply { Message = $"Hello {request.Name}" });
}
