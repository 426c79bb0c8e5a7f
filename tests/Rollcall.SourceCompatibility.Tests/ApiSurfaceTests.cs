using System.Text;
using Grpc.Core;
using Rollcall.TestKit;

namespace Rollcall.SourceCompatibility.Tests;

/// <summary>The rest of what code for grpc-dotnet uses, with its meaning.</summary>
public class ApiSurfaceTests
{
    [Fact]
    public void Metadata_IsAList()
    {
        var metadata = new Metadata { { "Key", "value" }, { "data-bin", [1] } };
        metadata.Insert(0, new Metadata.Entry("first", "1"));
        metadata[0] = new Metadata.Entry("first", "2");
        IList<Metadata.Entry> list = metadata;

        Assert.Equal(["first", "key", "data-bin"], list.Select(e => e.Key));
        Assert.Equal("2", metadata.GetValue("FIRST"));
        Assert.True(metadata[2].IsBinary);
        Assert.Equal([1], metadata[2].ValueBytes);
        Assert.Equal(1, metadata.IndexOf(metadata[1]));
        Assert.True(metadata.Remove(metadata[1]));
        metadata.RemoveAt(0);
        Assert.Single(metadata);
        metadata.Clear();
        Assert.Empty(metadata);
        Assert.False(metadata.IsReadOnly);
        Assert.True(Metadata.Empty.IsReadOnly);
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Add("a", "b"));
        Assert.Equal("-bin", Metadata.BinaryHeaderSuffix);
    }

    [Fact]
    public void Status_And_RpcException_CarryTheirParts()
    {
        var cause = new IOException("cause");
        var status = new Status(StatusCode.Unavailable, "gone", cause);
        var trailers = new Metadata { { "k", "v" } };

        Assert.Same(cause, status.DebugException);
        Assert.Same(cause, new RpcException(status).InnerException);
        Assert.Same(trailers, new RpcException(status, trailers).Trailers);
        Assert.Equal("message", new RpcException(status, "message").Message);
        Assert.Equal("message", new RpcException(status, trailers, "message").Message);
        Assert.Same(Metadata.Empty, new RpcException(status).Trailers);
        Assert.Equal(StatusCode.OK, Status.DefaultSuccess.StatusCode);
        Assert.Equal(StatusCode.Cancelled, Status.DefaultCancelled.StatusCode);
        Assert.Equal(
            "OK Cancelled Unknown InvalidArgument DeadlineExceeded NotFound AlreadyExists PermissionDenied ResourceExhausted FailedPrecondition "
            + "Aborted OutOfRange Unimplemented Internal Unavailable DataLoss Unauthenticated",
            string.Join(' ', Enum.GetValues<StatusCode>().OrderBy(code => (int)code)));
    }

    [Fact]
    public void CallOptions_AreCopiedByWith()
    {
        using var cancellation = new CancellationTokenSource();
        var deadline = new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var credentials = CallCredentials.FromInterceptor((context, metadata) => Task.CompletedTask);

        var options = default(CallOptions)
            .WithHeaders(new Metadata { { "a", "b" } })
            .WithDeadline(deadline)
            .WithCancellationToken(cancellation.Token)
            .WithWriteOptions(WriteOptions.Default)
            .WithCredentials(credentials)
            .WithWaitForReady();

        Assert.Equal("b", options.Headers?.GetValue("a"));
        Assert.Equal(deadline, options.Deadline);
        Assert.Equal(cancellation.Token, options.CancellationToken);
        Assert.Same(WriteOptions.Default, options.WriteOptions);
        Assert.Same(credentials, options.Credentials);
        Assert.True(options.IsWaitForReady);
        Assert.Null(options.PropagationToken);
        Assert.Null(default(CallOptions).Headers);
        Assert.Equal((1, 2), ((int)WriteFlags.BufferHint, (int)WriteFlags.NoCompress));
    }

    [Fact]
    public async Task Credentials_AreComposed()
    {
        using var certificates = new TestCertificates();
        AsyncAuthInterceptor interceptor = (context, metadata) =>
        {
            metadata.Add("authorization", $"{context.MethodName} {context.ServiceUrl} {context.CancellationToken.CanBeCanceled}");
            return Task.CompletedTask;
        };
        var call = CallCredentials.Compose(CallCredentials.FromInterceptor(interceptor), CallCredentials.FromInterceptor((_, _) => Task.CompletedTask));
        var ssl = new SslCredentials(certificates.AuthorityPem, null, context => context.TargetName.Length > 0 && context.PeerPem.Length > 0);
        var channel = ChannelCredentials.Create(ssl, call);
        var metadata = new Metadata();

        await interceptor(new AuthInterceptorContext("https://localhost/Service", "Method"), metadata);

        Assert.NotNull(channel);
        Assert.Equal("Method https://localhost/Service False", metadata.GetValue("authorization"));
        Assert.Equal(certificates.AuthorityPem, ssl.RootCertificates);
        Assert.Null(ssl.KeyCertificatePair);
        Assert.Equal(("chain", "key"), (new KeyCertificatePair("chain", "key").CertificateChain, new KeyCertificatePair("chain", "key").PrivateKey));
        Assert.NotSame(ChannelCredentials.Insecure, ChannelCredentials.SecureSsl);
        Assert.NotNull(new SslCredentials());
    }

    [Fact]
    public void AuthContext_FindsWhatItWasGiven()
    {
        var name = AuthProperty.Create("name", Encoding.UTF8.GetBytes("client"));
        var context = new AuthContext("name", new Dictionary<string, List<AuthProperty>> { ["name"] = [name] });

        Assert.True(context.IsPeerAuthenticated);
        Assert.Equal("name", context.PeerIdentityPropertyName);
        Assert.Equal("client", Assert.Single(context.PeerIdentity).Value);
        Assert.Same(name, Assert.Single(context.FindPropertiesByName("name")));
        Assert.Equal("client", Encoding.UTF8.GetString(Assert.Single(context.Properties).ValueBytes));
    }

    [Fact]
    public void Methods_AndMarshallers_AreMadeByHand()
    {
        var simple = Marshallers.Create(Encoding.UTF8.GetBytes, Encoding.UTF8.GetString);
        var contextual = Marshallers.Create<string>(
            (text, context) => context.Complete(Encoding.UTF8.GetBytes(text)), context => Encoding.UTF8.GetString(context.PayloadAsNewBuffer()));
        var method = new Method<string, string>(MethodType.Unary, "acme.Service", "Call", simple, contextual);

        Assert.Equal("/acme.Service/Call", ((IMethod)method).FullName);
        Assert.Equal((MethodType.Unary, "acme.Service", "Call"), (method.Type, method.ServiceName, method.Name));
        Assert.Equal("x", method.ResponseMarshaller.Deserializer(method.ResponseMarshaller.Serializer("x")));
        Assert.Equal("y", Marshallers.StringMarshaller.Deserializer(Marshallers.StringMarshaller.Serializer("y")));
    }
}
