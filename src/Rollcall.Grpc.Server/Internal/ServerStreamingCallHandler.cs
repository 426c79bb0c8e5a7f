using System.Runtime.CompilerServices;
using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>One request, many responses.</summary>
internal sealed class ServerStreamingCallHandler<TRequest, TResponse>(
    CallSettings settings, Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse> handler)
    : CallHandler(settings, method)
    where TRequest : class
    where TResponse : class
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    protected override async ValueTask InvokeAsync(HttpServerCallContext context)
    {
        var request = await SingleRequestReader.ReadAsync(context, method.RequestMarshaller).ConfigureAwait(false);
        var responses = new ResponseStreamWriter<TResponse>(context, method.ResponseMarshaller);
        try
        {
            await handler(request, responses, context).ConfigureAwait(false);
        }
        finally
        {
            await responses.EndAsync().ConfigureAwait(false);
        }

        responses.ThrowIfFailed();
    }
}
