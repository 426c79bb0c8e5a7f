using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>
/// A call that can't be sent: its request is too large, or its compression is not known. The call tells it, not the method that makes it, so that
/// interceptors see it.
/// </summary>
internal sealed class RefusedCall<TResponse>(RpcException reason) : IAsyncStreamReader<TResponse>
{
    public TResponse Current => default!;

    public Task<bool> MoveNext(CancellationToken cancellationToken) => Task.FromException<bool>(reason);

    public static AsyncUnaryCall<TResponse> Unary(RpcException reason) =>
        new(Failed<TResponse>(reason), Failed<Metadata>(reason), () => reason.Status, static () => [], static () => { });

    public static AsyncServerStreamingCall<TResponse> ServerStreaming(RpcException reason) =>
        new(new RefusedCall<TResponse>(reason), Failed<Metadata>(reason), () => reason.Status, static () => [], static () => { });

    public static AsyncClientStreamingCall<TRequest, TResponse> ClientStreaming<TRequest>(RpcException reason) =>
        new(new Writer<TRequest>(reason), Failed<TResponse>(reason), Failed<Metadata>(reason), () => reason.Status, static () => [], static () => { });

    public static AsyncDuplexStreamingCall<TRequest, TResponse> Duplex<TRequest>(RpcException reason) =>
        new(new Writer<TRequest>(reason), new RefusedCall<TResponse>(reason), Failed<Metadata>(reason), () => reason.Status, static () => [], static () => { });

    // Perhaps nobody awaits it.
    private static Task<T> Failed<T>(RpcException reason)
    {
        var task = Task.FromException<T>(reason);
        FaultObserver.Observe(task);
        return task;
    }

    private sealed class Writer<TRequest>(RpcException reason) : IClientStreamWriter<TRequest>
    {
        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(TRequest message) => Task.FromException(reason);

        public Task WriteAsync(TRequest message, CancellationToken cancellationToken) => Task.FromException(reason);

        public Task CompleteAsync() => Task.CompletedTask;
    }
}
