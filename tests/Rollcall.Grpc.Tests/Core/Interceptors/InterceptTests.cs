using Grpc.Core;
using Grpc.Core.Interceptors;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Tests.Core.Interceptors;

public sealed class InterceptTests
{
    [Fact]
    public async Task SeveralInterceptors_RunInTheOrderGiven()
    {
        var invoker = new RecordingCallInvoker();
        List<string> order = [];
        var client = new Echo.EchoClient(invoker.Intercept(new NamingInterceptor("a", order), new NamingInterceptor("b", order)));

        await client.UnaryAsync(new EchoRequest());
        using var call = client.Duplex();

        Assert.Equal(["a", "b", "a", "b"], order);
        Assert.Equal(2, invoker.Calls.Count);
    }

    [Fact]
    public void MetadataFunction_GetsACopySoThatSharedHeadersDoNotGrow()
    {
        var invoker = new RecordingCallInvoker();
        var shared = new Metadata { { "k", "v" } };
        var client = new Echo.EchoClient(invoker.Intercept(headers =>
        {
            headers.Add("added", "1");
            return headers;
        }));

        client.Unary(new EchoRequest(), shared);
        client.Unary(new EchoRequest());

        Assert.Single(shared);
        Assert.Equal(2, invoker.Calls[0].Options.Headers!.Count);
        Assert.Equal("1", Assert.Single(invoker.Calls[1].Options.Headers!).Value);
    }
}
