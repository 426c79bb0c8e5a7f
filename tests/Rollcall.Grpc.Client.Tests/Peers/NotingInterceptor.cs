using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>Writes its name down for every unary call.</summary>
internal sealed class NotingInterceptor(ConcurrentQueue<string> notes, string name = "made") : Interceptor
{
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
    {
        notes.Enqueue(name);
        return continuation(request, context);
    }
}
