using System.CommandLine;

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
    /// </summary>
    private static string? UnknownOption(ParseResult parsed, IReadOnlyList<string> arguments)
    {
        HashSet<string> known = [];
        for (System.CommandLine.Parsing.SymbolResult? result = parsed.CommandResult; result is not null; result = result.Parent)
        {
            var own = result == parsed.CommandResult;
            foreach (var option in ((System.CommandLine.Parsing.CommandResult)result).Command.Options.Where(option => own || option.Recursive))
            {
                known.Add(option.Name);
                known.UnionWith(option.Aliases);
            }
        }

        return arguments
            .TakeWhile(static argument => argument != "--")
            .Where(static argument => argument.Length > 2 && argument[0] == '-')
            .Where(argument => argument[1] == '-' || parsed.UnmatchedTokens.Contains(argument))
            .Select(static argument => argument.Split('=', ':')[0])
            .FirstOrDefault(name => !known.Contains(name));
    }

    private static string Path(ParseResult parsed)
    {
        var path = new List<string>();
        for (var result = parsed.CommandResult; result is not null; result = result.Parent as System.CommandLine.Parsing.CommandResult)
        {
            path.Insert(0, result.Command is RootCommand ? "rollcall" : result.Command.Name);
        }

        return string.Join(' ', path);
    }
}
