using Grpc.Core.Interceptors;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>Counts its instances and their disposal, which is to be asynchronous.</summary>
internal sealed class AsyncLifetimeInterceptor : Interceptor, IAsyncDisposable, IDisposable
{
    private readonly LifetimeCounter _counter;

    public AsyncLifetimeInterceptor(LifetimeCounter counter)
    {
        _counter = counter;
        counter.Created();
    }

    public ValueTask DisposeAsync()
    {
        _counter.CountDisposed();
        return ValueTask.CompletedTask;
    }

    public void Dispose() => throw new NotSupportedException();
}
