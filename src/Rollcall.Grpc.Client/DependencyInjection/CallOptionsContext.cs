using Grpc.Core;

namespace Rollcall.Grpc.Client.DependencyInjection;

/// <summary>A call that is about to be made, for <see cref="GrpcClientFactoryOptions.CallOptionsActions"/> to change.</summary>
public sealed class CallOptionsContext
{
    internal CallOptionsContext(CallOptions callOptions, IServiceProvider serviceProvider)
    {
        CallOptions = callOptions;
        ServiceProvider = serviceProvider;
    }

    /// <summary>What the caller gave, and what earlier actions made of it.</summary>
    public CallOptions CallOptions { get; set; }

    /// <summary>The container, or its scope, that the client came from.</summary>
    public IServiceProvider ServiceProvider { get; }
}
