using Grpc.Core;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>A typed client with the constructors of generated ones.</summary>
internal class TextClient : ClientBase<TextClient>
{
    public TextClient(ChannelBase channel)
        : base(channel)
    {
    }

    public TextClient(CallInvoker callInvoker)
        : base(callInvoker)
    {
    }

    protected TextClient(ClientBaseConfiguration configuration)
        : base(configuration)
    {
    }

    public AsyncUnaryCall<string> UnaryAsync(string request, CallOptions options = default) =>
        CallInvoker.AsyncUnaryCall(TextMethods.Unary, null, options, request);

    public AsyncServerStreamingCall<string> ServerStream(string request) =>
        CallInvoker.AsyncServerStreamingCall(TextMethods.ServerStream, null, default, request);

    public AsyncClientStreamingCall<string, string> ClientStream() =>
        CallInvoker.AsyncClientStreamingCall(TextMethods.ClientStream, null, default);

    public AsyncDuplexStreamingCall<string, string> Duplex() => CallInvoker.AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);

    public string Unary(string request) => CallInvoker.BlockingUnaryCall(TextMethods.Unary, null, default, request);

    protected override TextClient NewInstance(ClientBaseConfiguration configuration) => new(configuration);
}
