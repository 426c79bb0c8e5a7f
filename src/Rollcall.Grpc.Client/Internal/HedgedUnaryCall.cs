using Grpc.Core;
using Rollcall.Discovery.Resilience;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>A unary call whose method has a hedging policy.</summary>
internal sealed class HedgedUnaryCall<TResponse>(
    GrpcChannel channel, MethodEntry method, in CallOptions options, BufferedContent body, Marshaller<TResponse> marshaller, HedgingSettings hedging)
    : SingleResponseCall<TResponse>(channel, method, options, body, marshaller)
    where TResponse : class
{
    private readonly BufferedContent _body = body;

    protected override ValueTask<HttpResponseMessage> OpenAsync() => Hedge.OpenAsync(this, _body, hedging);
}
