using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>Makes the calls of a channel.</summary>
internal sealed class ChannelCallInvoker(GrpcChannel channel) : CallInvoker
{
    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        StartUnary(method, options, request).Task.GetAwaiter().GetResult();

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        try
        {
            var (task, call) = StartUnary(method, options, request);
            return new AsyncUnaryCall<TResponse>(task, CallParts.Headers, CallParts.Status, CallParts.Trailers, CallParts.Dispose, call);
        }
        catch (RpcException reason)
        {
            return RefusedCall<TResponse>.Unary(reason);
        }
    }

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        var (entry, policy) = Prepare(method, options);
        try
        {
            var (slot, body) = Serialize(entry, policy, method, options, request);
            var call = new StreamResponseCall<TResponse>(slot, entry, policy, options, body, method.ResponseMarshaller);
            call.Start();
            return new AsyncServerStreamingCall<TResponse>(
                call, CallParts.Headers, CallParts.Status, CallParts.Trailers, CallParts.Dispose, call);
        }
        catch (RpcException reason)
        {
            return RefusedCall<TResponse>.ServerStreaming(reason);
        }
    }

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        var (entry, policy) = Prepare(method, options);
        try
        {
            var (body, writer) = Open(entry, method, options);
            var call = new SingleResponseCall<TResponse>(channel.Calls.Rent(), entry, policy, options, body, method.ResponseMarshaller);
            body.Call = call;
            return new AsyncClientStreamingCall<TRequest, TResponse>(
                writer, call.Start(), CallParts.Headers, CallParts.Status, CallParts.Trailers, CallParts.Dispose, call);
        }
        catch (RpcException reason)
        {
            return RefusedCall<TResponse>.ClientStreaming<TRequest>(reason);
        }
    }

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        var (entry, policy) = Prepare(method, options);
        try
        {
            var (body, writer) = Open(entry, method, options);
            var call = new StreamResponseCall<TResponse>(channel.Calls.Rent(), entry, policy, options, body, method.ResponseMarshaller);
            body.Call = call;
            call.Start();
            return new AsyncDuplexStreamingCall<TRequest, TResponse>(
                writer, call, CallParts.Headers, CallParts.Status, CallParts.Trailers, CallParts.Dispose, call);
        }
        catch (RpcException reason)
        {
            return RefusedCall<TResponse>.Duplex<TRequest>(reason);
        }
    }

    private (Task<TResponse> Task, SingleResponseCall<TResponse> Call) StartUnary<TRequest, TResponse>(
        Method<TRequest, TResponse> method, in CallOptions options, TRequest request)
        where TRequest : class
        where TResponse : class
    {
        var (entry, policy) = Prepare(method, options);
        var (slot, body) = Serialize(entry, policy, method, options, request);
        var call = new SingleResponseCall<TResponse>(slot, entry, policy, options, body, method.ResponseMarshaller);
        return (call.Start(), call);
    }

    private (MethodEntry Method, MethodPolicy Policy) Prepare(IMethod method, in CallOptions options)
    {
        ObjectDisposedException.ThrowIf(channel.IsDisposed, channel);
        channel.RequireTlsFor(options.Credentials);
        var entry = channel.GetMethod(method);
        return (entry, channel.GetPolicy(entry));
    }

    private (CallSlot Slot, BufferedContent Body) Serialize<TRequest, TResponse>(
        MethodEntry entry, MethodPolicy policy, Method<TRequest, TResponse> method, in CallOptions options, TRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var plain = (options.WriteOptions?.Flags & WriteFlags.NoCompress) is WriteFlags.NoCompress;
        try
        {
            var compression = RequestEncoding.Choose(channel, options.Headers);
            var frame = RequestEncoding.Serialize(method.RequestMarshaller, request, policy.MaxSendBytes, plain ? null : compression, out var bytes);
            var slot = channel.Calls.Rent();
            return (slot, slot.Fill(frame, bytes, compression?.EncodingName));
        }
        catch (RpcException reason)
        {
            Observe(entry, reason);
            throw;
        }
    }

    private (RequestStream Body, RequestWriter<TRequest> Writer) Open<TRequest, TResponse>(
        MethodEntry entry, Method<TRequest, TResponse> method, in CallOptions options)
        where TRequest : class
    {
        try
        {
            var compression = RequestEncoding.Choose(channel, options.Headers);
            var body = new RequestStream(channel) { Encoding = compression?.EncodingName };
            return (body, new RequestWriter<TRequest>(body, method.RequestMarshaller, compression) { WriteOptions = options.WriteOptions });
        }
        catch (RpcException reason)
        {
            Observe(entry, reason);
            throw;
        }
    }

    // For those who observe calls a refused one is one that failed before its first attempt.
    private void Observe(MethodEntry entry, RpcException reason)
    {
        channel.Telemetry.Start(entry)?.End(reason.Status, endpoint: null, attempts: 0);
        channel.LogCallFailed(entry.FullName, reason.Status, attempts: 0);
    }

    /// <summary>The functions of a call's public face, made once.</summary>
    private static class CallParts
    {
        public static readonly Func<object, Task<Metadata>> Headers = static call => ((CallCore)call).GetHeadersAsync();
        public static readonly Func<object, Status> Status = static call => ((CallCore)call).GetStatus();
        public static readonly Func<object, Metadata> Trailers = static call => ((CallCore)call).GetTrailers();
        public static readonly Action<object> Dispose = static call => ((CallCore)call).Cancel();
    }
}
