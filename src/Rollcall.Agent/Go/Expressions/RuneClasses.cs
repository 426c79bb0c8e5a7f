using System.Collections.Concurrent;
using System.Globalization;

namespace Rollcall.Agent.Go.Expressions;

/// <summary>The classes that have a name in Go's expressions. What has none of these names there has none here; names of scripts are missing, as .NET does not know them.</summary>
internal static class RuneClasses
{
    // As Go names them, in the order of UnicodeCategory; what is not assigned has no name there.
    private static readonly string[] s_categories =
    [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So",
    ];

    private static readonly Dictionary<string, RuneSet> s_ascii = new(StringComparer.Ordinal)
    {
        [@"\d"] = Of("09"),
        [@"\s"] = Of("\t\n\f\r  "),
        [@"\w"] = Of("09AZ__az"),
        ["[:alnum:]"] = Of("09AZaz"),
        ["[:alpha:]"] = Of("AZaz"),
        ["[:ascii:]"] = Of("\0\x7F"),
        ["[:blank:]"] = Of("\t\t  "),
        ["[:cntrl:]"] = Of("\0\x1F\x7F\x7F"),
        ["[:digit:]"] = Of("09"),
        ["[:graph:]"] = Of("!~"),
        ["[:lower:]"] = Of("az"),
        ["[:print:]"] = Of(" ~"),
        ["[:punct:]"] = Of("!/:@[`{~"),
        ["[:space:]"] = Of("\t\r  "),
        ["[:upper:]"] = Of("AZ"),
        ["[:word:]"] = Of("09AZ__az"),
        ["[:xdigit:]"] = Of("09AFaf"),
    };

    private static readonly Lazy<Dictionary<string, RuneSet>> s_unicode = new(BuildUnicode);
    private static readonly ConcurrentDictionary<(string Name, bool Negated, bool Folded), RuneSet> s_made = new();

    /// <summary>A class like <c>\d</c>, <c>[:alpha:]</c>, or a category of Unicode like <c>Lu</c>. Null: there is none.</summary>
    public static RuneSet? Find(string name, bool negated, bool folded) =>
        s_ascii.ContainsKey(name) || s_unicode.Value.ContainsKey(name) ? s_made.GetOrAdd((name, negated, folded), Make) : null;

    private static RuneSet Make((string Name, bool Negated, bool Folded) key)
    {
        var set = s_ascii.GetValueOrDefault(key.Name) ?? s_unicode.Value[key.Name];
        set = key.Folded ? set.Fold() : set;
        return key.Negated ? set.Negate() : set;
    }

    private static RuneSet Of(string bounds) => new(bounds.Chunk(2).Select(static pair => ((int)pair[0], (int)pair[1])));

    private static Dictionary<string, RuneSet> BuildUnicode()
    {
        var ranges = s_categories.ToDictionary(static name => name, static _ => new List<(int, int)>(), StringComparer.Ordinal);
        for (var first = 0; first <= RuneSet.Last;)
        {
            var (category, last) = (CharUnicodeInfo.GetUnicodeCategory(first), first);
            while (last < RuneSet.Last && CharUnicodeInfo.GetUnicodeCategory(last + 1) == category)
            {
                last++;
            }

            if ((int)category < s_categories.Length)
            {
                ranges[s_categories[(int)category]].Add((first, last));
            }

            first = last + 1;
        }

        var sets = ranges.ToDictionary(static pair => pair.Key, static pair => new RuneSet(pair.Value), StringComparer.Ordinal);
        foreach (var group in ranges.GroupBy(static pair => pair.Key[..1], StringComparer.Ordinal))
        {
            sets[group.Key] = new RuneSet(group.SelectMany(static pair => pair.Value));
        }

        sets["Any"] = RuneSet.All;
        return sets;
    }
}
