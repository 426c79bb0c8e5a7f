using Microsoft.Extensions.Options;
using Rollcall.Discovery.Http;

namespace Rollcall.Hosting.Discovery;

/// <summary>Brings the handler's own rules to the host's start.</summary>
internal sealed class DiscoveryHandlerOptionsValidator : IValidateOptions<DiscoveryHandlerOptions>
{
    public ValidateOptionsResult Validate(string? name, DiscoveryHandlerOptions options) =>
        options.Validate() is { Count: > 0 } faults
            ? ValidateOptionsResult.Fail($"The discovery options of the HTTP client '{name}' can't be used: {string.Join("; ", faults)}.")
            : ValidateOptionsResult.Success;
}
