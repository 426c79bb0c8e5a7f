using System.Runtime.CompilerServices;
using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>One request, one response.</summary>
internal sealed class UnaryCallHandler<TRequest, TResponse>(
    CallSettings settings, Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse> handler) : CallHandler(settings, method)
    where TRequest : class
    where TResponse : class
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    protected override async ValueTask InvokeAsync(HttpServerCallContext context)
    {
        var request = await SingleRequestReader.ReadAsync(context, method.RequestMarshaller).ConfigureAwait(false);
        var response = await handler(request, context).ConfigureAwait(false);
        SingleResponse.Write(context, method.ResponseMarshaller, response);
    }
}
