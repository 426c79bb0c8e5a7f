using Grpc.Core;
using Rollcall.Discovery;
using Rollcall.Grpc.Client.Internal;

namespace Rollcall.Grpc.Client;

/// <summary>What a call of a <see cref="GrpcChannel"/> tells beyond Grpc.Core.</summary>
public static class CallExtensions
{
    /// <summary>Where the call's last attempt went; once the call has ended, who answered. Thread-safe.</summary>
    /// <returns>Null before the first attempt, and for calls that no <see cref="GrpcChannel"/> made or that an interceptor put together anew.</returns>
    public static Endpoint? GetEndpoint<TResponse>(this AsyncUnaryCall<TResponse> call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return (call.TransportState as CallCore)?.Endpoint;
    }

    /// <inheritdoc cref="GetEndpoint{TResponse}(AsyncUnaryCall{TResponse})"/>
    public static Endpoint? GetEndpoint<TResponse>(this AsyncServerStreamingCall<TResponse> call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return (call.TransportState as CallCore)?.Endpoint;
    }

    /// <inheritdoc cref="GetEndpoint{TResponse}(AsyncUnaryCall{TResponse})"/>
    public static Endpoint? GetEndpoint<TRequest, TResponse>(this AsyncClientStreamingCall<TRequest, TResponse> call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return (call.TransportState as CallCore)?.Endpoint;
    }

    /// <inheritdoc cref="GetEndpoint{TResponse}(AsyncUnaryCall{TResponse})"/>
    public static Endpoint? GetEndpoint<TRequest, TResponse>(this AsyncDuplexStreamingCall<TRequest, TResponse> call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return (call.TransportState as CallCore)?.Endpoint;
    }
}
