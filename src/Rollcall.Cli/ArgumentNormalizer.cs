using System.CommandLine;

namespace Rollcall.Cli;

/// <summary>
/// Turns Consul's single-dash options (<c>-dev</c>, <c>-http-port=8500</c>) into the double-dash ones that the parser knows.
/// Only options that some command has are touched: everything else may be a value.
/// </summary>
internal static class ArgumentNormalizer
{
    public static string[] Normalize(Command root, IReadOnlyList<string> arguments)
    {
        HashSet<string> known = ["--help", "--version"];
        Collect(root, known);
        var result = new string[arguments.Count];
        var literal = false;
        for (var i = 0; i < result.Length; i++)
        {
            var argument = arguments[i];
            literal |= argument == "--";
            result[i] = literal ? argument : Normalize(known, argument);
        }

        return result;
    }

    private static string Normalize(HashSet<string> known, string argument)
    {
        // One letter is an alias of its own (-h), and "-" alone is standard input.
        if (argument.Length < 3 || argument[0] != '-' || argument[1] == '-')
        {
            return argument;
        }

        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        var name = "-" + (equals < 0 ? argument : argument[..equals]);
        return known.Contains(name) ? "-" + argument : argument;
    }

    private static void Collect(Command command, HashSet<string> known)
    {
        foreach (var option in command.Options)
        {
            known.Add(option.Name);
            known.UnionWith(option.Aliases);
        }

        foreach (var child in command.Subcommands)
        {
            Collect(child, known);
        }
    }
}
