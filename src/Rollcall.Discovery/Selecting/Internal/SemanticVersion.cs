namespace Rollcall.Discovery.Selecting.Internal;

/// <summary>A version by Semantic Versioning 2.0.0, with its order (clause 11). What follows a plus sign counts for nothing.</summary>
internal readonly struct SemanticVersion(long major, long minor, long patch, string prerelease = "") : IComparable<SemanticVersion>
{
    private const int MaxLength = 128;

    public long Major => major;

    public long Minor => minor;

    public long Patch => patch;

    /// <summary>The identifiers after the hyphen; empty: none.</summary>
    public string Prerelease => prerelease ?? "";

    public bool IsPrerelease => Prerelease.Length > 0;

    /// <summary>Reads what people write for a version: a leading <c>v</c> is no part of it, and numbers that are left out are 0.</summary>
    public static bool TryParse(string text, out SemanticVersion version)
    {
        var read = PartialVersion.TryParse(text, out var partial) && partial.Numbers > 0;
        version = partial.Lowest;
        return read && text.Length <= MaxLength;
    }

    public bool HasSameNumbers(SemanticVersion other) => major == other.Major && minor == other.Minor && patch == other.Patch;

    public int CompareTo(SemanticVersion other)
    {
        var byNumber = major != other.Major ? major.CompareTo(other.Major)
            : minor != other.Minor ? minor.CompareTo(other.Minor)
            : patch.CompareTo(other.Patch);
        if (byNumber != 0)
        {
            return byNumber;
        }

        // A pre-release comes before its release.
        return IsPrerelease && other.IsPrerelease
            ? ComparePrereleases(Prerelease, other.Prerelease)
            : other.IsPrerelease.CompareTo(IsPrerelease);
    }

    public override string ToString() => $"{major}.{minor}.{patch}{(IsPrerelease ? "-" : "")}{Prerelease}";

    private static int ComparePrereleases(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        var left = a.Split('.');
        var right = b.Split('.');
        while (true)
        {
            var more = left.MoveNext();
            if (!right.MoveNext())
            {
                return more ? 1 : 0;
            }

            if (!more)
            {
                return -1;
            }

            var order = CompareIdentifiers(a[left.Current], b[right.Current]);
            if (order != 0)
            {
                return order;
            }
        }
    }

    private static int CompareIdentifiers(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        var aIsNumber = !a.ContainsAnyExceptInRange('0', '9');
        var bIsNumber = !b.ContainsAnyExceptInRange('0', '9');
        if (aIsNumber != bIsNumber)
        {
            return aIsNumber ? -1 : 1;
        }

        // Numbers have no leading zeros, so the longer one is the larger one, however long.
        return aIsNumber && a.Length != b.Length ? a.Length.CompareTo(b.Length) : Math.Sign(a.SequenceCompareTo(b));
    }
}
