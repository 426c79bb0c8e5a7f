using System.CommandLine;
using System.CommandLine.Parsing;

namespace Rollcall.Cli.Commands.Agent;

/// <summary>Options as Consul's, of which the last counts where one is given several times.</summary>
internal static class GoFlag
{
    public static Option<string?> Text(string name) => Last(new Option<string?>(name) { CustomParser = static given => given.Tokens is [.., var last] ? last.Value : null });

    public static Option<int?> Number(string name) => Last(new Option<int?>(name) { CustomParser = NumberParser.WholeOrNone<int> });

    /// <summary>True where it has no value. Which words stand for which is up to <see cref="ArgumentNormalizer"/>.</summary>
    public static Option<bool> Truth(string name) => new(name)
    {
        Arity = ArgumentArity.ZeroOrMore,
        CustomParser = static given => given.Tokens is not [.., var last] || bool.Parse(last.Value),
    };

    private static Option<T> Last<T>(Option<T> option)
    {
        option.Arity = ArgumentArity.OneOrMore;
        return option;
    }
}
