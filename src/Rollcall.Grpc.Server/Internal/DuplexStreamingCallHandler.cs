using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>Many requests, many responses.</summary>
internal sealed class DuplexStreamingCallHandler<TRequest, TResponse>(
    CallSettings settings, Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse> handler)
    : CallHandler(settings, method)
    where TRequest : class
    where TResponse : class
{
    protected override ValueTask InvokeAsync(HttpServerCallContext context) => new(handler(
        new RequestStreamReader<TRequest>(context, method.RequestMarshaller),
        new ResponseStreamWriter<TResponse>(context, method.ResponseMarshaller),
        context));
}
