using System.CommandLine;
using Rollcall.Discovery.Consul;

namespace Rollcall.Cli.Commands.Configs;

/// <summary>The argument and the options that name a service's config in the KV store.</summary>
internal sealed class ConfigKey
{
    private readonly Argument<string> _name = new("NAME") { Description = "The service." };

    private readonly Option<string?> _key = new("--key")
    {
        HelpName = "KEY",
        Description = $"The key, if callers follow another one. Default: {ConsulServiceConfigSource.DefaultPrefix}NAME, in lower case.",
    };

    /// <param name="command">Gets them, the argument as its first.</param>
    public ConfigKey(Command command)
    {
        command.Arguments.Insert(0, _name);
        command.Options.Add(_key);
    }

    public static CommandFailure WrittenByOthers(string service) => new(
        $"The service config of '{service}' was left as it is: somebody else wrote it at the same time. Look at it (rollcall config get {service}), and try again.");

    /// <summary>The name as it was written.</summary>
    public string Service(ParseResult parsed)
    {
        var name = parsed.GetRequiredValue(_name);
        return name.Length > 0 && !name.Contains('/', StringComparison.Ordinal)
            ? name
            : throw new CommandFailure($"NAME '{name}' is not the name of a service. A whole key is given by --key.", ExitCode.Usage);
    }

    /// <summary>Whether the key has another spelling of the name.</summary>
    public bool IsLowered(ParseResult parsed) => parsed.GetValue(_key) is null && !Of(parsed).EndsWith(Service(parsed), StringComparison.Ordinal);

    public string Of(ParseResult parsed) =>
        parsed.GetValue(_key) is { } key ? Kv.KvCommand.CheckKey(key) : ConsulServiceConfigSource.KeyOf(Service(parsed));
}
