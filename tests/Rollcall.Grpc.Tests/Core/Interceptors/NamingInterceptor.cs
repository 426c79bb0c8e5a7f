using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Rollcall.Grpc.Tests.Core.Interceptors;

/// <summary>Writes its name down for every unary and duplex call.</summary>
internal sealed class NamingInterceptor(string name, List<string> order) : Interceptor
{
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request,
        ClientInterceptorContext<TRequest, TResponse> context,
        AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
    {
        order.Add(name);
        return continuation(request, context);
    }

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        ClientInterceptorContext<TRequest, TResponse> context,
        AsyncDuplexStreamingCallContinuation<TRequest, TResponse> continuation)
    {
        order.Add(name);
        return continuation(context);
    }
}
