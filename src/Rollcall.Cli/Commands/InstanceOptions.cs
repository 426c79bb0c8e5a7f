using System.CommandLine;
using Rollcall.Consul;

namespace Rollcall.Cli.Commands;

/// <summary>The name of a service, and which of its instances are meant, as <c>instances</c> and <c>watch</c> take them.</summary>
internal sealed class InstanceOptions
{
    private readonly Argument<string> _name;
    private readonly Option<bool> _passing = new("--passing") { Description = "Only instances that may be called." };
    private readonly Option<string[]> _tags = new("--tag") { HelpName = "TAG", Description = "Only instances with this tag; may be repeated." };

    public InstanceOptions(Command command, string description)
    {
        _name = new Argument<string>("NAME") { Description = description };
        command.Arguments.Add(_name);
        command.Options.Add(_passing);
        command.Options.Add(_tags);
    }

    /// <exception cref="CommandFailure">The name is none.</exception>
    public (string Service, InstanceQuery Query) Read(ParseResult parsed)
    {
        var service = parsed.GetRequiredValue(_name);
        if (service.Length == 0)
        {
            throw new CommandFailure("NAME must not be empty.", ExitCode.Usage);
        }

        // A target leaves out what is not passing, and selects by more than an agent does: these commands show what there is.
        if (service.Contains('?', StringComparison.Ordinal) || service.Contains("://", StringComparison.Ordinal))
        {
            throw new CommandFailure(
                $"'{service}' is more than the name of a service: give the name alone, and conditions by --tag, --passing and --datacenter. "
                + $"What a caller makes of it says: rollcall explain '{service}'",
                ExitCode.Usage);
        }

        return (service, new InstanceQuery { PassingOnly = parsed.GetValue(_passing), Tags = parsed.GetValue(_tags) ?? [] });
    }
}
