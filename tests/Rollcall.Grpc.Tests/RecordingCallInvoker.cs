using Grpc.Core;

namespace Rollcall.Grpc.Tests;

/// <summary>Remembers calls; unary ones answer with the request read as a response, whose fields have the same numbers.</summary>
internal sealed class RecordingCallInvoker : CallInvoker
{
    public List<RecordedCall> Calls { get; } = [];

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        Calls.Add(new RecordedCall(method, host, options));
        return method.ResponseMarshaller.Deserializer(method.RequestMarshaller.Serializer(request));
    }

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        new(
            Task.FromResult(BlockingUnaryCall(method, host, options, request)),
            Task.FromResult(Metadata.Empty),
            () => Status.DefaultSuccess,
            () => Metadata.Empty,
            () => { });

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        Calls.Add(new RecordedCall(method, host, options));
        return new(null!, Task.FromResult(Metadata.Empty), () => Status.DefaultSuccess, () => Metadata.Empty, () => { });
    }

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        Calls.Add(new RecordedCall(method, host, options));
        return new(
            null!,
            Task.FromResult<TResponse>(null!),
            _ => Task.FromResult(Metadata.Empty),
            _ => Status.DefaultSuccess,
            _ => Metadata.Empty,
            _ => { },
            this);
    }

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        Calls.Add(new RecordedCall(method, host, options));
        return new(null!, null!, Task.FromResult(Metadata.Empty), () => Status.DefaultSuccess, () => Metadata.Empty, () => { });
    }
}
