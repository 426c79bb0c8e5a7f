using System.CommandLine;
using System.Text.RegularExpressions;
using Rollcall.Consul;

namespace Rollcall.Cli;

/// <summary>The options by which a command finds its Consul, and the client made from them.</summary>
internal sealed partial class ConsulConnection
{
    public const string AddressOption = "--http-addr";
    public const string AddressVariable = "CONSUL_HTTP_ADDR";
    private const string TokenFileOption = "--token-file";
    private const string TokenFileVariable = "CONSUL_HTTP_TOKEN_FILE";
    private readonly Terminal _terminal;

    private readonly Option<string?> _address = new(AddressOption)
    {
        HelpName = "URL",
        Description = "The agent to ask. Default: CONSUL_HTTP_ADDR, else http://127.0.0.1:8500.",
    };

    // A token on the command line would be seen by everybody who lists processes, so there is no option for it.
    private readonly Option<string?> _tokenFile = new(TokenFileOption)
    {
        HelpName = "FILE",
        Description = "A file with the access token. Default: CONSUL_HTTP_TOKEN_FILE, CONSUL_HTTP_TOKEN.",
    };

    private readonly Option<string?> _datacenter = new("--datacenter")
    {
        HelpName = "NAME",
        Description = "The datacenter to ask. Default: the agent's own.",
    };

    /// <param name="command">Gets the options.</param>
    /// <param name="terminal">Where the environment is.</param>
    /// <param name="ofAgent">What is asked is the agent's own, whatever the datacenter: there is no option for one.</param>
    public ConsulConnection(Command command, Terminal terminal, bool ofAgent = false)
    {
        _terminal = terminal;
        command.Options.Add(_address);
        command.Options.Add(_tokenFile);
        if (!ofAgent)
        {
            command.Options.Add(_datacenter);
        }
    }

    /// <summary>A client for what the command line and the environment say.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="timeout">How long an answer may take; null: as long as the client's default.</param>
    public ConsulClient Open(ParseResult parsed, TimeSpan? timeout = null)
    {
        var options = ReadOptions(parsed);
        options.Timeout = timeout ?? options.Timeout;
        return CreateClient(options, _terminal.Time);
    }

    /// <summary>What the command line says, for another command that is to ask the same; with a blank in front, or empty. An address is without its user, whose password it may hold.</summary>
    public string Repeat(ParseResult parsed)
    {
        (string Name, string? Given)[] options =
        [
            (_address.Name, parsed.GetValue(_address) is { } address ? UserOfAddress().Replace(address, "") : null),
            (_tokenFile.Name, parsed.GetValue(_tokenFile)),
            (_datacenter.Name, parsed.GetValue(_datacenter)),
        ];
        return string.Concat(options.Select(static option => option.Given is { } given ? $" {option.Name} {ForShell(given)}" : ""));
    }

    /// <summary>What the command line and the environment say.</summary>
    public ConsulClientOptions ReadOptions(ParseResult parsed)
    {
        var options = ReadOptions(AddressOption, parsed.GetValue(_address), _terminal, TokenFileOption, parsed.GetValue(_tokenFile));
        if (parsed.GetValue(_datacenter) is { } datacenter)
        {
            options.Datacenter = GivenValue.Check(datacenter, _datacenter.Name, "give the name of a datacenter, or leave it out for the agent's own");
        }

        Check(options);
        return options;
    }

    /// <summary>A client whose faults, such as a certificate's file that isn't there, end the command.</summary>
    public static ConsulClient CreateClient(ConsulClientOptions options, TimeProvider time)
    {
        Check(options);
        try
        {
            return new ConsulClient(options, time);
        }
        catch (ArgumentException failure)
        {
            throw CommandFailure.Of(failure, ExitCode.Failure);
        }
    }

    /// <summary>What the environment says, with another address and token in place of its own where options give them.</summary>
    /// <param name="option">Gives the address.</param>
    /// <param name="address">The address; null: none was given.</param>
    /// <param name="terminal">Where the environment is.</param>
    /// <param name="tokenOption">Gives the file of a token; null: the command has no such option.</param>
    /// <param name="tokenFile">The file; null: none was given.</param>
    public static ConsulClientOptions ReadOptions(string option, string? address, Terminal terminal, string? tokenOption = null, string? tokenFile = null)
    {
        if (address is not null)
        {
            GivenValue.Check(address.Trim(), option, "give the address of an agent");
        }

        ConsulClientOptions options;
        try
        {
            options = ConsulClientOptions.FromEnvironment(name => name switch
            {
                AddressVariable when address is not null => address,
                TokenFileVariable when tokenFile is not null => null,
                _ => terminal.ReadVariable(name),
            });
        }
        catch (FormatException failure)
        {
            // One with a cause is about a file that can't be read.
            var message = address is null ? failure.Message : failure.Message.Replace(AddressVariable, option, StringComparison.Ordinal);
            throw new CommandFailure(message, failure.InnerException is null ? ExitCode.Usage : ExitCode.Failure, failure);
        }

        if (tokenOption is not null && tokenFile is not null)
        {
            (options.Token, options.TokenOrigin) = (ReadToken(tokenOption, tokenFile), $"{tokenFile} ({tokenOption})");
        }
        else if (tokenOption is not null && options.Token is null)
        {
            options.TokenOrigin += $" (or {tokenOption})";
        }

        return options;
    }

    /// <summary>The token in a file, which an option names.</summary>
    private static string ReadToken(string option, string file)
    {
        string token;
        try
        {
            token = File.ReadAllText(GivenValue.Path(file, option)).Trim();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure($"{option} {file} cannot be read: {failure.Message}", ExitCode.Failure, failure);
        }

        return token.Length > 0 ? token : throw new CommandFailure($"{option} {file} is empty: put the token into it.");
    }

    /// <summary>In quotes if a shell would make something else of it.</summary>
    private static string ForShell(string value) => PlainValue().IsMatch(value) ? value : $"'{value.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    /// <summary>User and password in an address, or in each of several with commas between.</summary>
    [GeneratedRegex("(?<=^|,|://)[^/,]*@")]
    private static partial Regex UserOfAddress();

    [GeneratedRegex(@"\A[\w./:,@%+=-]+\z")]
    private static partial Regex PlainValue();

    private static void Check(ConsulClientOptions options)
    {
        if (options.Validate() is { Count: > 0 } faults)
        {
            throw new CommandFailure(string.Join(Environment.NewLine, faults), ExitCode.Usage);
        }
    }
}
