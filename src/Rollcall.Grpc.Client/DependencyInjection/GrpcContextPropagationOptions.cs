namespace Rollcall.Grpc.Client.DependencyInjection;

/// <summary>Settings of <c>EnableCallContextPropagation</c>. Read once, when the client is added.</summary>
public class GrpcContextPropagationOptions
{
    /// <summary>Whether the client may be used where no gRPC call is served; nothing is taken over there.</summary>
    /// <value>Default false: such a call is refused.</value>
    public bool SuppressContextNotFoundErrors { get; set; }
}
