using System.Runtime.CompilerServices;
using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>One request, one response.</summary>
internal sealed class UnaryCallHandler<TRequest, TResponse>(
    CallSettings settings, Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse> handler) : CallHandler(settings, method)
    where TRequest : class
    where TResponse : class
{
    protected override ValueTask InvokeAsync(HttpServerCallContext context)
    {
        var request = SingleRequestReader.ReadAsync(context, method.RequestMarshaller);
        if (!request.IsCompletedSuccessfully)
        {
            return AwaitRequestAsync(request, context);
        }

        // A handler that answers at once needs no state machine either.
        var response = handler(request.GetAwaiter().GetResult(), context);
        if (!response.IsCompletedSuccessfully)
        {
            return AwaitResponseAsync(response, context);
        }

        SingleResponse.Write(context, method.ResponseMarshaller, response.GetAwaiter().GetResult());
        return ValueTask.CompletedTask;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AwaitRequestAsync(ValueTask<TRequest> request, HttpServerCallContext context)
    {
        var response = await handler(await request.ConfigureAwait(false), context).ConfigureAwait(false);
        SingleResponse.Write(context, method.ResponseMarshaller, response);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AwaitResponseAsync(Task<TResponse> response, HttpServerCallContext context) =>
        SingleResponse.Write(context, method.ResponseMarshaller, await response.ConfigureAwait(false));
}
