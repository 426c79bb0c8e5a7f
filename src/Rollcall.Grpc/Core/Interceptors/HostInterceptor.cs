namespace Grpc.Core.Interceptors;

/// <summary>Behind <see cref="ClientBase{T}.WithHost"/>: fills in the authority where the call names none.</summary>
internal sealed class HostInterceptor(string host) : ContextInterceptor
{
    protected override ClientInterceptorContext<TRequest, TResponse> Change<TRequest, TResponse>(
        ClientInterceptorContext<TRequest, TResponse> context) => new(context.Method, context.Host ?? host, context.Options);
}
