namespace Rollcall.Discovery.Selecting.Internal;

/// <summary>One condition of a range: the version lies between two bounds, or does not.</summary>
/// <param name="From">Null: no lower bound.</param>
/// <param name="FromItself">Whether the lower bound itself is meant.</param>
/// <param name="To">Null: no upper bound.</param>
/// <param name="ToItself">Whether the upper bound itself is meant.</param>
/// <param name="Negated">Whether it must lie outside.</param>
internal readonly record struct VersionCondition(SemanticVersion? From, bool FromItself, SemanticVersion? To, bool ToItself, bool Negated = false)
{
    private static readonly string[] s_operators = [">=", "<=", "!=", ">", "<", "=", "~", "^"];

    /// <summary>The operator that a text starts with; empty: none.</summary>
    public static string OperatorOf(ReadOnlySpan<char> text)
    {
        foreach (var candidate in s_operators)
        {
            if (text.StartsWith(candidate, StringComparison.Ordinal))
            {
                return candidate;
            }
        }

        return "";
    }

    public static VersionCondition Create(string operation, PartialVersion version)
    {
        var lowest = version.Lowest;
        var whole = version.Numbers == 3;
        SemanticVersion? above = version.Numbers == 0 ? null : version.Above;
        return operation switch
        {
            ">=" => new(lowest, true, null, false),
            ">" => whole ? new(lowest, false, null, false) : new(above ?? Unreachable, true, null, false),
            "<" => new(null, false, lowest, false),
            "<=" => whole ? new(null, false, lowest, true) : new(null, false, above, false),
            "~" => new(lowest, true, TildeEnd(version), false),
            "^" => new(lowest, true, CaretEnd(version), false),
            _ => new(lowest, true, whole ? lowest : above, whole, Negated: operation == "!="),
        };
    }

    public bool Holds(SemanticVersion version)
    {
        var inside = (From is not { } from || version.CompareTo(from) is var low && (low > 0 || (low == 0 && FromItself)))
            && (To is not { } to || version.CompareTo(to) is var high && (high < 0 || (high == 0 && ToItself)));
        return inside != Negated;
    }

    /// <summary>Whether it speaks of pre-releases of exactly these numbers.</summary>
    public bool NamesPrereleaseOf(SemanticVersion version) =>
        (From is { IsPrerelease: true } from && from.HasSameNumbers(version)) || (To is { IsPrerelease: true } to && to.HasSameNumbers(version));

    /// <summary>Above every version: what is greater than any of them.</summary>
    private static SemanticVersion Unreachable => new(long.MaxValue, 0, 0);

    /// <summary>The last number that was given may grow, but a major one stays.</summary>
    private static SemanticVersion? TildeEnd(PartialVersion version) => version.Numbers switch
    {
        0 => null,
        1 => version.Above,
        _ => new SemanticVersion(version.Lowest.Major, version.Lowest.Minor + 1, 0),
    };

    /// <summary>All that SemVer calls compatible: the first number that is not 0 stays.</summary>
    private static SemanticVersion? CaretEnd(PartialVersion version)
    {
        var lowest = version.Lowest;
        return version.Numbers switch
        {
            0 => null,
            _ when lowest.Major > 0 || version.Numbers == 1 => new SemanticVersion(lowest.Major + 1, 0, 0),
            _ when lowest.Minor > 0 || version.Numbers == 2 => new SemanticVersion(0, lowest.Minor + 1, 0),
            _ => new SemanticVersion(0, 0, lowest.Patch + 1),
        };
    }
}
