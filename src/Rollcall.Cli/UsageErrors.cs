using System.CommandLine;
using System.CommandLine.Parsing;

namespace Rollcall.Cli;

/// <summary>What is wrong with a command line, in words for people.</summary>
internal static class UsageErrors
{
    /// <summary>The faults, and where to read on; empty if there is none.</summary>
    public static IReadOnlyList<string> Of(ParseResult parsed, IReadOnlyList<string> arguments)
    {
        var faults = Faults(parsed, arguments, Path(parsed)).ToList();
        return faults.Count == 0 ? faults : [.. faults, $"See '{Path(parsed)} --help'."];
    }

    private static IEnumerable<string> Faults(ParseResult parsed, IReadOnlyList<string> arguments, string path)
    {
        if (UnknownOption(parsed, arguments) is { } option)
        {
            return
            [
                $"'{path}' has no option {option}."
                    + (option.StartsWith("--", StringComparison.Ordinal) ? " A value that begins with -- is given as --option=VALUE, or after a lone --." : ""),
            ];
        }

        if (parsed.Errors.Count > 0 && parsed.CommandResult.Command is { Subcommands.Count: > 0 } group)
        {
            var what = parsed.UnmatchedTokens is [var word, ..] ? $"'{path}' has no command '{word}'." : $"'{path}' needs a command.";
            return [$"{what} Commands: {string.Join(", ", group.Subcommands.Where(static command => !command.Hidden).Select(static command => command.Name))}."];
        }

        return parsed.Errors.Select(static error => error.Message);
    }

    /// <summary>
    /// The parser takes an option that it does not know for a value where a value may stand, so a mistyped one would be written under a key.
    /// With one dash it may be a value, but not the first one, as in Consul, and not where there are more values than the command takes.
    /// </summary>
    private static string? UnknownOption(ParseResult parsed, IReadOnlyList<string> arguments)
    {
        HashSet<string> known = [];
        for (SymbolResult? result = parsed.CommandResult; result is not null; result = result.Parent)
        {
            var own = result == parsed.CommandResult;
            foreach (var option in ((CommandResult)result).Command.Options.Where(option => own || option.Recursive))
            {
                known.Add(option.Name);
                known.UnionWith(option.Aliases);
            }
        }

        var values = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(static result => result.Tokens).Select(static token => token.Value).ToList();
        string[] suspects = [.. parsed.UnmatchedTokens, .. parsed.UnmatchedTokens.Count > 0 ? values : values.Take(1)];
        return arguments
            .TakeWhile(static argument => argument != "--")
            .Where(static argument => argument.Length > 1 && argument[0] == '-' && !char.IsAsciiDigit(argument[1]))
            .Where(argument => argument[1] == '-' || suspects.Contains(argument))
            .Select(static argument => argument.Split('=', ':')[0])
            .FirstOrDefault(name => !known.Contains(name));
    }

    private static string Path(ParseResult parsed)
    {
        var path = new List<string>();
        for (var result = parsed.CommandResult; result is not null; result = result.Parent as CommandResult)
        {
            path.Insert(0, result.Command is RootCommand ? "rollcall" : result.Command.Name);
        }

        return string.Join(' ', path);
    }
}
