using Microsoft.Extensions.Options;

namespace Rollcall.Consul;

/// <summary>
/// Makes the options of a container. An environment that can't be used is a fault of the options, with the words that name the variable, as any other that is
/// found when the host starts.
/// </summary>
/// <param name="setups">Configure the options.</param>
/// <param name="postConfigures">Configure them after all others.</param>
/// <param name="validations">Look for faults.</param>
public sealed class ConsulClientOptionsFactory(
    IEnumerable<IConfigureOptions<ConsulClientOptions>> setups,
    IEnumerable<IPostConfigureOptions<ConsulClientOptions>> postConfigures,
    IEnumerable<IValidateOptions<ConsulClientOptions>> validations) : OptionsFactory<ConsulClientOptions>(setups, postConfigures, validations)
{
    /// <inheritdoc />
    /// <exception cref="OptionsValidationException">A variable has a value, or names a token's file, that can't be used; the message names it.</exception>
    protected override ConsulClientOptions CreateInstance(string name)
    {
        try
        {
            return new ConsulClientOptions();
        }
        catch (FormatException e)
        {
            throw new OptionsValidationException(name, typeof(ConsulClientOptions), [e.Message]);
        }
    }
}
