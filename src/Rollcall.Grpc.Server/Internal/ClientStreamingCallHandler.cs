using System.Runtime.CompilerServices;
using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>Many requests, one response.</summary>
internal sealed class ClientStreamingCallHandler<TRequest, TResponse>(
    CallSettings settings, Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse> handler)
    : CallHandler(settings, method)
    where TRequest : class
    where TResponse : class
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    protected override async ValueTask InvokeAsync(HttpServerCallContext context)
    {
        var requests = new RequestStreamReader<TRequest>(context, method.RequestMarshaller);
        TResponse response;
        try
        {
            response = await handler(requests, context).ConfigureAwait(false);
        }
        finally
        {
            await requests.EndAsync().ConfigureAwait(false);
        }

        SingleResponse.Write(context, method.ResponseMarshaller, response);
    }
}
