using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace Rollcall.Cli;

/// <summary>Reads the numbers of options, and says for people what is wrong with one.</summary>
internal static class NumberParser
{
    public static T Whole<T>(ArgumentResult result)
        where T : struct, IBinaryInteger<T> => Read<T>(result, T.IsNegative(T.Zero - T.One) ? "a whole number" : "a whole number from 0 on");

    public static T? WholeOrNone<T>(ArgumentResult result)
        where T : struct, IBinaryInteger<T> => Whole<T>(result);

    public static double Any(ArgumentResult result) => Read<double>(result, "a number");

    private static T Read<T>(ArgumentResult result, string wanted)
        where T : struct, IParsable<T>
    {
        var text = result.Tokens.Count > 0 ? result.Tokens[^1].Value : "";
        if (!T.TryParse(text, CultureInfo.InvariantCulture, out var value))
        {
            result.AddError($"{(result.Parent as OptionResult)?.Option.Name} '{text}' is not {wanted}.");
        }

        return value;
    }
}
