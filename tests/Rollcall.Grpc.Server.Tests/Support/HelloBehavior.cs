using Grpc.Core;
using Rollcall.Grpc.Server.Tests.Hello;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>What a test replaces of <see cref="GreetingService"/>.</summary>
internal sealed class HelloBehavior
{
    public UnaryServerMethod<HelloRequest, HelloReply> SayHello { get; set; } =
        (request, _) => Task.FromResult(new HelloReply { Message = $"Hello {request.Name}" });

    public UnaryServerMethod<Memory, Memory> Remember { get; set; } = (request, _) => Task.FromResult(request);
}
