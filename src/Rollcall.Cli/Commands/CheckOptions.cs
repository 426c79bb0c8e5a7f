using System.CommandLine;
using Rollcall.Consul.Wire;

namespace Rollcall.Cli.Commands;

/// <summary>The options that describe the checks of an instance to be registered.</summary>
internal sealed class CheckOptions
{
    private const string DefaultInterval = "10s";
    private static readonly TimeSpan s_leastDeregisterAfter = TimeSpan.FromMinutes(1);

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
        foreach (var option in new Option[] { _http, _tcp, _grpc, _ttl, _interval, _timeout, _deregisterAfter })
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
            DeregisterCriticalServiceAfter = DeregisterAfter(parsed),
        };
        List<CheckDefinition> checks =
        [
            .. (parsed.GetValue(_http) ?? []).Select(url => common with { Http = Url(url) }),
            .. (parsed.GetValue(_tcp) ?? []).Select(target => common with { Tcp = HostAndPort(_tcp, target) }),
            .. (parsed.GetValue(_grpc) ?? []).Select(target => common with { Grpc = HostAndPort(_grpc, target) }),
        ];
        var ttl = Duration(parsed, _ttl);
        RefuseIdle(checks.Count > 0, interval, _interval, "--check-http, --check-tcp or --check-grpc");
        RefuseIdle(checks.Count > 0, common.Timeout, _timeout, "--check-http, --check-tcp or --check-grpc");
        RefuseIdle(checks.Count > 0 || ttl is not null, common.DeregisterCriticalServiceAfter, _deregisterAfter, "a check");
        if (ttl is not null)
        {
            checks.Add(common with { Interval = null, Timeout = null, Ttl = ttl });
        }

        return checks.Count == 0 ? null : checks;
    }

    // Agents raise what is less without a word.
    private string? DeregisterAfter(ParseResult parsed) =>
        Duration(parsed, _deregisterAfter) is { } text && GoDuration.TryParse(text, out var after) && after < s_leastDeregisterAfter
            ? throw new CommandFailure($"{_deregisterAfter.Name} '{text}' is less than 1m, and agents wait as long as that at least: give 1m or more.", ExitCode.Usage)
            : parsed.GetValue(_deregisterAfter);

    private static Option<string[]> Kind(string name, string value, string description) => new(name) { HelpName = value, Description = description };

    /// <summary>An option that would change nothing is a mistake.</summary>
    private static void RefuseIdle(bool used, string? value, Option option, string need)
    {
        if (!used && value is not null)
        {
            throw new CommandFailure($"{option.Name} needs {need}.", ExitCode.Usage);
        }
    }

    // Consul registers checks with any target; such a check never passes, and nothing says why.
    private string Url(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
            ? text
            : throw new CommandFailure($"{_http.Name} '{text}' is not a URL: give one such as http://127.0.0.1:8080/health.", ExitCode.Usage);

    private static string HostAndPort(Option option, string text) =>
        Uri.TryCreate($"tcp://{text}", UriKind.Absolute, out var target) && target is { Host.Length: > 0, Port: > 0 }
            ? text
            : throw new CommandFailure($"{option.Name} '{text}' has no host and port: give them as in 127.0.0.1:8080.", ExitCode.Usage);

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
