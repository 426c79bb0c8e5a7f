using System.Runtime.CompilerServices;
using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>Many requests, many responses.</summary>
internal sealed class DuplexStreamingCallHandler<TRequest, TResponse>(
    CallSettings settings, Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse> handler)
    : CallHandler(settings, method)
    where TRequest : class
    where TResponse : class
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    protected override async ValueTask InvokeAsync(HttpServerCallContext context)
    {
        var responses = new ResponseStreamWriter<TResponse>(context, method.ResponseMarshaller);
        var requests = new RequestStreamReader<TRequest>(context, method.RequestMarshaller, responses.Flusher);
        try
        {
            try
            {
                await handler(requests, responses, context).ConfigureAwait(false);
            }
            finally
            {
                await requests.EndAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            await responses.EndAsync().ConfigureAwait(false);
        }

        responses.ThrowIfFailed();
    }
}
