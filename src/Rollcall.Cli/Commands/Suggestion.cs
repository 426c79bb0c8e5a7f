namespace Rollcall.Cli.Commands;

/// <summary>What somebody may have meant who mistyped a name.</summary>
internal static class Suggestion
{
    private const int MaxListed = 30;

    /// <summary>A sentence with the nearest name, if one is near, and a list of all.</summary>
    /// <param name="given">What was given.</param>
    /// <param name="known">What there is.</param>
    /// <param name="kind">What they are, in the plural.</param>
    public static string For(string given, IReadOnlyList<string> known, string kind)
    {
        if (known.Count == 0)
        {
            return $"There are no {kind}.";
        }

        var hint = Nearest(given, known) is { } nearest ? $"Did you mean {nearest}? " : "";
        return $"{hint}There are: {string.Join(", ", known.Take(MaxListed))}{(known.Count > MaxListed ? ", …" : "")}.";
    }

    /// <summary>The name that is most likely meant; null if none is near.</summary>
    public static string? Nearest(string given, IReadOnlyCollection<string> known) =>
        known.MinBy(name => Distance(given, name)) is { } nearest && Distance(given, nearest) <= Math.Max(2, given.Length / 3) ? nearest : null;

    /// <summary>How many characters differ; without regard to case, or to a package that was left out.</summary>
    private static int Distance(string given, string known)
    {
        if (known.EndsWith("." + given, StringComparison.OrdinalIgnoreCase))
        {
            return 1;
        }

        var row = Enumerable.Range(0, known.Length + 1).ToArray();
        for (var i = 1; i <= given.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= known.Length; j++)
            {
                var cost = char.ToUpperInvariant(given[i - 1]) == char.ToUpperInvariant(known[j - 1]) ? 0 : 1;
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + cost));
            }
        }

        return row[^1];
    }
}
