using Microsoft.Extensions.Options;

namespace Rollcall.Hosting.Discovery;

/// <summary>Brings the rules of the directory and of its source to the host's start.</summary>
internal sealed class ServiceDiscoveryOptionsValidator : IValidateOptions<ServiceDiscoveryOptions>
{
    public ValidateOptionsResult Validate(string? name, ServiceDiscoveryOptions options)
    {
        List<string> faults =
        [
            .. options.Directory.Validate().Select(static fault => $"ServiceDiscoveryOptions.Directory.{fault}."),
            .. options.Consul.Validate().Select(static fault => $"ServiceDiscoveryOptions.Consul.{fault}."),
        ];
        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
