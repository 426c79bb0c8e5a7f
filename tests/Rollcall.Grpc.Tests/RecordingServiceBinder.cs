using Grpc.Core;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Tests;

/// <summary>Writes down each method as its name and whether its handler was null.</summary>
internal sealed class RecordingServiceBinder : ServiceBinderBase
{
    public List<string> Methods { get; } = [];

    public Marshaller<EchoRequest>? RequestMarshaller { get; private set; }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
    {
        RequestMarshaller = method.RequestMarshaller as Marshaller<EchoRequest>;
        Add(method, handler);
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) => Add(method, handler);

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) => Add(method, handler);

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) => Add(method, handler);

    private void Add(IMethod method, Delegate? handler) => Methods.Add($"{method.Name}:{handler is null}");
}
