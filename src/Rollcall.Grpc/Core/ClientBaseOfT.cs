namespace Grpc.Core;

/// <summary>Base of the client class that is generated for a service. Thread-safe.</summary>
/// <typeparam name="T">The generated class itself.</typeparam>
public abstract class ClientBase<T> : ClientBase
    where T : ClientBase<T>
{
    /// <summary>A client for test doubles: every call fails.</summary>
    protected ClientBase()
    {
    }

    /// <summary>A client with a configuration taken from another one.</summary>
    protected ClientBase(ClientBaseConfiguration configuration)
        : base(configuration)
    {
    }

    /// <summary>A client over a channel.</summary>
    protected ClientBase(ChannelBase channel)
        : base(channel)
    {
    }

    /// <summary>A client over a call invoker.</summary>
    protected ClientBase(CallInvoker callInvoker)
        : base(callInvoker)
    {
    }

    /// <summary>
    /// The same client with another host for its calls, which interceptors see. A <c>GrpcChannel</c> sends its own <c>:authority</c> all the same, as that of
    /// grpc-dotnet does: <c>GrpcChannelOptions.Authority</c> is for all calls of a channel.
    /// </summary>
    public T WithHost(string host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return NewInstance(Configuration.WithHost(host));
    }

    /// <summary>Creates the generated class from a configuration.</summary>
    protected abstract T NewInstance(ClientBaseConfiguration configuration);
}
