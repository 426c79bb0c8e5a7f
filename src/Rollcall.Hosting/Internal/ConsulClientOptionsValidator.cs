using Microsoft.Extensions.Options;
using Rollcall.Consul;

namespace Rollcall.Hosting;

/// <summary>Brings the client's own rules to the host's start.</summary>
internal sealed class ConsulClientOptionsValidator : IValidateOptions<ConsulClientOptions>
{
    public ValidateOptionsResult Validate(string? name, ConsulClientOptions options) =>
        options.Validate() is { Count: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
}
