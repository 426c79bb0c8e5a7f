using Grpc.Core;

namespace Rollcall.Grpc.Client.DependencyInjection;

/// <summary>Settings of a client that <c>AddGrpcClient</c> added. Read once, when the client is first made.</summary>
public class GrpcClientFactoryOptions
{
    /// <summary>
    /// Where the calls go, as <see cref="GrpcChannel.ForAddress(Uri, GrpcChannelOptions)"/> takes it: <c>consul:///demo</c>,
    /// <c>https://host:port</c>, <c>http://host:port</c>.
    /// </summary>
    /// <value>Default null; must be set.</value>
    public Uri? Address { get; set; }

    /// <summary>Change the settings of the channel, in order. Clients with the same address and the same delegates share a channel.</summary>
    public IList<Action<GrpcChannelOptions>> ChannelOptionsActions { get; } = [];

    /// <summary>Change the options of every call, in order, before interceptors see them. Must be thread-safe.</summary>
    public IList<Action<CallOptionsContext>> CallOptionsActions { get; } = [];

    /// <summary>Interceptors of every call: those of scope Client run first, and each scope in order.</summary>
    public IList<InterceptorRegistration> InterceptorRegistrations { get; } = [];

    /// <summary>Makes the client. Null: its constructor that takes a <see cref="CallInvoker"/>.</summary>
    public Func<CallInvoker, object>? Creator { get; set; }

    /// <summary>Some of <see cref="CallOptionsActions"/> add call credentials: the channel must be able to carry them.</summary>
    internal bool HasCallCredentials { get; set; }
}
