using System.CommandLine;

namespace Rollcall.Cli;

/// <summary>
/// Turns Consul's single-dash options (<c>-dev</c>, <c>-http-port=8500</c>) into the double-dash ones that the parser knows, and Go's words for true and false
/// (<c>-dev=1</c>) into its own.
/// Only options that some command has are touched: everything else may be a value.
/// </summary>
internal static class ArgumentNormalizer
{
    public static string[] Normalize(Command root, IReadOnlyList<string> arguments)
    {
        HashSet<string> known = ["--help", "--version"];
        HashSet<string> valued = [];
        Collect(root, known, valued);
        var result = new List<string>(arguments.Count);
        var literal = false;
        foreach (var argument in arguments)
        {
            literal |= argument == "--";
            result.AddRange(literal ? [argument] : Normalize(known, valued, argument));
        }

        return [.. result];
    }

    private static string[] Normalize(HashSet<string> known, HashSet<string> valued, string argument)
    {
        // One letter is an alias of its own (-h), and "-" alone is standard input.
        if (argument.Length < 3 || argument[0] != '-')
        {
            return [argument];
        }

        var option = argument[1] == '-' ? argument : "-" + argument;
        var equals = option.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? option : option[..equals];
        return !known.Contains(name) ? [argument]
            : equals < 0 ? [option]
            : !valued.Contains(name) ? [$"{name}={Truth(option[(equals + 1)..])}"]

            // The parser takes "--node=" for an option without a value, and not for one whose value is empty.
            : equals == option.Length - 1 ? [name, ""]
            : [option];
    }

    private static string Truth(string text) => text switch
    {
        "1" or "t" or "T" or "TRUE" or "True" => "true",
        "0" or "f" or "F" or "FALSE" or "False" => "false",
        _ => text,
    };

    /// <param name="command">Whose options.</param>
    /// <param name="known">Gets their names.</param>
    /// <param name="valued">Gets the names of those that are more than true or false.</param>
    private static void Collect(Command command, HashSet<string> known, HashSet<string> valued)
    {
        foreach (var option in command.Options)
        {
            string[] names = [option.Name, .. option.Aliases];
            known.UnionWith(names);
            if (option.ValueType != typeof(bool))
            {
                valued.UnionWith(names);
            }
        }

        foreach (var child in command.Subcommands)
        {
            Collect(child, known, valued);
        }
    }
}
