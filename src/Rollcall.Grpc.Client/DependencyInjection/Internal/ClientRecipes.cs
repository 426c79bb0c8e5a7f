using Microsoft.Extensions.Options;

namespace Rollcall.Grpc.Client.DependencyInjection.Internal;

/// <summary>The recipe of each client, by name; put together at the first use. Thread-safe.</summary>
internal sealed class ClientRecipes(IOptionsMonitor<GrpcClientFactoryOptions> options, SharedChannels channels)
{
    private readonly MadeOnce<string, ClientRecipe> _byName = new();

    /// <exception cref="OptionsValidationException">The client's settings are wrong.</exception>
    /// <exception cref="ArgumentException">The channel's settings are wrong.</exception>
    /// <exception cref="InvalidOperationException">Call credentials would travel in plaintext.</exception>
    public ClientRecipe Get(string name) => _byName.Get(name, () => Create(name));

    private ClientRecipe Create(string name)
    {
        var settings = options.Get(name);
        var channel = channels.Get(name, settings);
        if (settings.HasCallCredentials && !channel.CanCarryCallCredentials)
        {
            throw new InvalidOperationException(
                $"The gRPC client '{name}' has call credentials, which would travel in plaintext to {settings.Address}. Use https:// or "
                + "ChannelCredentials.SecureSsl; for a test on one machine: ConfigureChannel(o => o.UnsafeUseInsecureChannelCallCredentials = true).");
        }

        return new ClientRecipe(channel, settings, channels.Services);
    }
}
