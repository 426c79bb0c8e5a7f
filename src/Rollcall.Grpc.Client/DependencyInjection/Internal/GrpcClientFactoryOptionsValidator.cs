using Microsoft.Extensions.Options;
using Rollcall.Grpc.Client.Internal;

namespace Rollcall.Grpc.Client.DependencyInjection.Internal;

/// <summary>Refuses a client without a usable address.</summary>
internal sealed class GrpcClientFactoryOptionsValidator(RegisteredClients registered) : IValidateOptions<GrpcClientFactoryOptions>
{
    public ValidateOptionsResult Validate(string? name, GrpcClientFactoryOptions options)
    {
        if (name is null || !registered.Contains(name))
        {
            return ValidateOptionsResult.Skip;
        }

        if (options.Address is null)
        {
            return ValidateOptionsResult.Fail(
                $"The gRPC client '{name}' has no address. Give one: AddGrpcClient<…>(\"consul:///demo\") or "
                + $"AddGrpcClient<…>(\"{name}\", o => o.Address = new Uri(\"https://localhost:5001\")). A text without :// is the client's name.");
        }

        try
        {
            _ = ChannelTarget.Parse(options.Address.OriginalString);
            return ValidateOptionsResult.Success;
        }
        catch (ArgumentException e)
        {
            return ValidateOptionsResult.Fail($"The gRPC client '{name}' can't be used. {e.Message}");
        }
    }
}
