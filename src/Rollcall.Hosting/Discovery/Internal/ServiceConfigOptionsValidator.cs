using Microsoft.Extensions.Options;

namespace Rollcall.Hosting.Discovery;

/// <summary>Finds every fault at once.</summary>
internal sealed class ServiceConfigOptionsValidator : IValidateOptions<ServiceConfigOptions>
{
    public ValidateOptionsResult Validate(string? name, ServiceConfigOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();
        if (options.KvPrefix?.StartsWith('/') == true)
        {
            faults.AddError($"ServiceConfigOptions.KvPrefix is '{options.KvPrefix}': keys of the KV store don't begin with a slash.");
        }

        if (options.Section is { } section && string.IsNullOrWhiteSpace(section))
        {
            faults.AddError("ServiceConfigOptions.Section is blank: name a section, or set null to leave the configuration out.");
        }

        return faults.Build();
    }
}
