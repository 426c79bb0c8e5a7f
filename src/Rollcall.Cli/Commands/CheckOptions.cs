using System.CommandLine;
using Rollcall.Consul.Wire;

namespace Rollcall.Cli.Commands;

/// <summary>The options that describe the checks of an instance to be registered.</summary>
internal sealed class CheckOptions
{
    private const string DefaultInterval = "10s";

    private readonly Option<string[]> _http = Kind("--check-http", "URL", "Passes while this URL answers 2xx; may be repeated.");
    private readonly Option<string[]> _tcp = Kind("--check-tcp", "HOST:PORT", "Passes while connections are accepted; may be repeated.");
    private readonly Option<string[]> _grpc =
        Kind("--check-grpc", "HOST:PORT[/SERVICE]", "Passes while the gRPC health protocol says SERVING; may be repeated.");

    private readonly Option<string?> _ttl = new("--check-ttl")
    {
        HelpName = "DURATION",
        Description = "Passes while somebody reports to it at least this often.",
    };

    private readonly Option<string?> _interval = new("--interval")
    {
        HelpName = "DURATION",
        Description = $"How often to check, such as 10s or 1m30s. Default {DefaultInterval}.",
    };

    private readonly Option<string?> _timeout = new("--timeout") { HelpName = "DURATION", Description = "How long one check may take. Default 10s." };

    private readonly Option<string?> _deregisterAfter = new("--deregister-after")
    {
        HelpName = "DURATION",
        Description = "Remove the instance after it was critical for this long, at least 1m. Default: never.",
    };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _http, _tcp, _grpc, _ttl, _interval, _timeout, _deregisterAfter })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The checks that the command line asks for; null for none.</summary>
    public IReadOnlyList<CheckDefinition>? Read(ParseResult parsed)
    {
        var interval = Duration(parsed, _interval);
        var common = new CheckDefinition
        {
            Interval = interval ?? DefaultInterval,
            Timeout = Duration(parsed, _timeout),
            DeregisterCriticalServiceAfter = Duration(parsed, _deregisterAfter),
        };
        List<CheckDefinition> checks =
        [
            .. (parsed.GetValue(_http) ?? []).Select(url => common with { Http = url }),
            .. (parsed.GetValue(_tcp) ?? []).Select(target => common with { Tcp = target }),
            .. (parsed.GetValue(_grpc) ?? []).Select(target => common with { Grpc = target }),
        ];
        if (checks.Count == 0 && interval is not null)
        {
            throw new CommandFailure("--interval needs --check-http, --check-tcp or --check-grpc.", ExitCode.Usage);
        }

        if (Duration(parsed, _ttl) is { } ttl)
        {
            checks.Add(common with { Interval = null, Timeout = null, Ttl = ttl });
        }

        return checks.Count == 0 ? null : checks;
    }

    private static Option<string[]> Kind(string name, string value, string description) => new(name) { HelpName = value, Description = description };

    private static string? Duration(ParseResult parsed, Option<string?> option)
    {
        if (parsed.GetValue(option) is not { } text)
        {
            return null;
        }

        return GoDuration.TryParse(text, out var value) && value > TimeSpan.Zero
            ? text
            : throw new CommandFailure($"{option.Name} '{text}' is not a duration: give a number with a unit, such as 10s or 1m30s.", ExitCode.Usage);
    }
}
