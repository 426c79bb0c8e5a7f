using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>Lets nobody in; takes the reason from the container.</summary>
internal sealed class RefusingInterceptor(LifetimeCounter counter) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        throw new RpcException(new Status(StatusCode.PermissionDenied, $"instance {counter.Created()}"));
}
