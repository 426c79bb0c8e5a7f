using Rollcall.Grpc;

namespace Grpc.Core.Interceptors;

/// <summary>An interceptor and the handler behind it.</summary>
internal sealed class InterceptedHandler<THandler>(Interceptor interceptor, THandler? inner) : IInterceptedHandler
    where THandler : Delegate
{
    public Interceptor Interceptor { get; } = interceptor;

    public THandler Inner { get; } = inner!; // A server refuses a definition without it.

    Delegate? IInterceptedHandler.Inner => Inner;
}
