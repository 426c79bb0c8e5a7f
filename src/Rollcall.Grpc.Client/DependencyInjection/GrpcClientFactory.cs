namespace Rollcall.Grpc.Client.DependencyInjection;

/// <summary>
/// Makes the clients that <c>AddGrpcClient</c> registered, by name. From the container; it belongs to the scope that it came from. Thread-safe.
/// </summary>
public abstract class GrpcClientFactory
{
    /// <summary>A client. Cheap: the channel is shared.</summary>
    /// <typeparam name="TClient">The type that the name was registered with.</typeparam>
    /// <param name="name">What the client was registered as; the name of its type where none was given.</param>
    /// <exception cref="InvalidOperationException">
    /// No client of this type has the name, call credentials would travel in plaintext, or the creator did not make a client.
    /// </exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">The client's settings are wrong; the message names the fix.</exception>
    /// <exception cref="ArgumentException">A setting of the channel is wrong; the message names it.</exception>
    public abstract TClient CreateClient<TClient>(string name)
        where TClient : class;
}
