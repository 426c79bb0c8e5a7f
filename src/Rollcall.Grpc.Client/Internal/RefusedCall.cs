using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>A call whose request is too large to be sent. The call tells it, not the method that makes it, so that interceptors see it.</summary>
internal sealed class RefusedCall<TResponse>(RpcException reason) : IAsyncStreamReader<TResponse>
{
    public TResponse Current => default!;

    public Task<bool> MoveNext(CancellationToken cancellationToken) => Task.FromException<bool>(reason);

    public static AsyncUnaryCall<TResponse> Unary(RpcException reason) =>
        new(Failed<TResponse>(reason), Failed<Metadata>(reason), () => reason.Status, static () => [], static () => { });

    public static AsyncServerStreamingCall<TResponse> ServerStreaming(RpcException reason) =>
        new(new RefusedCall<TResponse>(reason), Failed<Metadata>(reason), () => reason.Status, static () => [], static () => { });

    // Perhaps nobody awaits it.
    private static Task<T> Failed<T>(RpcException reason)
    {
        var task = Task.FromException<T>(reason);
        FaultObserver.Observe(task);
        return task;
    }
}
