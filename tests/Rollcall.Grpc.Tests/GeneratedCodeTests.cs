using Google.Protobuf;
using Grpc.Core;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Tests;

public sealed class GeneratedCodeTests
{
    [Fact]
    public async Task ClientOverAnInvoker_CallsEveryKindWithItsOptions()
    {
        var invoker = new RecordingCallInvoker();
        var client = new Echo.EchoClient(invoker);
        var headers = new Metadata { { "k", "v" } };
        var deadline = new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc);

        var reply = await client.UnaryAsync(new EchoRequest { Text = "a" }, headers, deadline);
        using var clientStream = client.ClientStream(headers);
        using var serverStream = client.ServerStream(new EchoRequest());
        using var duplex = client.Duplex();

        Assert.Equal("a", reply.Text);
        Assert.Equal(
            ["/rollcall.test.Echo/Unary", "/rollcall.test.Echo/ClientStream", "/rollcall.test.Echo/ServerStream", "/rollcall.test.Echo/Duplex"],
            invoker.Calls.Select(call => call.Method.FullName));
        Assert.Same(headers, invoker.Calls[0].Options.Headers);
        Assert.Equal(deadline, invoker.Calls[0].Options.Deadline);
        Assert.Equal(MethodType.DuplexStreaming, invoker.Calls[3].Method.Type);
    }

    [Fact]
    public void ClientWithHost_PassesTheHostOn()
    {
        var invoker = new RecordingCallInvoker();

        new Echo.EchoClient(invoker).WithHost("other").Unary(new EchoRequest());

        Assert.Equal("other", Assert.Single(invoker.Calls).Host);
    }

    [Fact]
    public void ServiceBoundWithoutInstance_HandsOutFourMethodsWithoutHandlers()
    {
        var binder = new RecordingServiceBinder();

        Echo.BindService(binder, null);

        Assert.Equal(["Unary:True", "ClientStream:True", "ServerStream:True", "Duplex:True"], binder.Methods);
    }

    [Fact]
    public void ServiceDefinition_HandsItsHandlersToTheBinder()
    {
        var binder = new RecordingServiceBinder();

        Echo.BindService(new EmptyEcho()).BindService(binder);

        Assert.Equal(["Unary:False", "ClientStream:False", "ServerStream:False", "Duplex:False"], binder.Methods);
    }

    [Fact]
    public void GeneratedMarshallers_RoundTripThroughArrays()
    {
        var binder = new RecordingServiceBinder();
        Echo.BindService(binder, null);
        var marshaller = binder.RequestMarshaller!;
        var message = new EchoRequest { Text = "grüezi", Payload = ByteString.CopyFrom(new byte[70_000]), Count = 3 };

        Assert.Equal(message, marshaller.Deserializer(marshaller.Serializer(message)));
        Assert.Equal(message.ToByteArray(), marshaller.Serializer(message));
    }

    [Fact]
    public async Task ClientWithoutChannel_NamesTheMethodAndTheWayOut()
    {
        var client = new UnconnectedEcho();

        var error = await Assert.ThrowsAsync<NotSupportedException>(async () => await client.UnaryAsync(new EchoRequest()));

        Assert.Contains("/rollcall.test.Echo/Unary", error.Message, StringComparison.Ordinal);
        Assert.Contains("pass a channel", error.Message, StringComparison.Ordinal);
    }

    private sealed class EmptyEcho : Echo.EchoBase;

    private sealed class UnconnectedEcho : Echo.EchoClient;
}
