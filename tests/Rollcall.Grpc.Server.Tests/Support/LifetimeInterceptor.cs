using Grpc.Core.Interceptors;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>Counts its instances and their disposal.</summary>
internal sealed class LifetimeInterceptor : Interceptor, IDisposable
{
    private readonly LifetimeCounter _counter;

    public LifetimeInterceptor(LifetimeCounter counter)
    {
        _counter = counter;
        counter.Created();
    }

    public void Dispose() => _counter.CountDisposed();
}
