using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Rollcall.Discovery.Selecting.Internal;

namespace Rollcall.Discovery.Selecting;

/// <summary>
/// A set of versions, ordered as Semantic Versioning 2.0.0 orders them, written as npm writes it. Immutable. Two ranges are equal when they are
/// written alike.
/// </summary>
/// <remarks>
/// <code>
/// range     = set *( "||" set )                              one of the sets
/// set       = condition *( ( blank / "," ) condition )       all of the conditions
/// condition = [ "=" / "!=" / "&gt;" / "&gt;=" / "&lt;" / "&lt;=" / "~" / "^" ] version
/// version   = [ "v" ] 1*3 numbers [ "-" pre-release ] [ "+" build ]; "x" or "*" for a number, or leaving it out, means any
/// </code>
/// <para><c>1.2</c> is 1.2.0 up to but not 1.3.0; <c>~1.2.3</c> from 1.2.3 up to but not 1.3.0; <c>^1.2.3</c> up to but not 2.0.0,
/// <c>^0.2.3</c> up to but not 0.3.0.</para>
/// <para>A pre-release is in a range only if the same set names a pre-release of the same three numbers: <c>&lt;2</c> does not hold 2.0.0-rc.1,
/// and neither does <c>&gt;=1</c>; <c>&gt;=2.0.0-rc.0</c> does.</para>
/// </remarks>
public sealed class VersionRange : IEquatable<VersionRange>
{
    private const int MaxLength = 256;

    private readonly string _text;
    private readonly ImmutableArray<ImmutableArray<VersionCondition>> _sets;

    private VersionRange(string text, ImmutableArray<ImmutableArray<VersionCondition>> sets)
    {
        _text = text;
        _sets = sets;
    }

    /// <summary>Reads a range.</summary>
    /// <exception cref="FormatException">It can't be read; the message names the faulty part.</exception>
    public static VersionRange Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var range, out var fault) ? range : throw new FormatException(fault);
    }

    /// <summary>Reads a range.</summary>
    /// <param name="text">See the type.</param>
    /// <param name="range">What it says.</param>
    /// <param name="fault">What is wrong with it, in words for a person.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out VersionRange? range, [NotNullWhen(false)] out string? fault)
    {
        range = null;
        text = text?.Trim() ?? "";
        if (text.Length is 0 or > MaxLength)
        {
            fault = $"A version range has 1 to {MaxLength} characters, for example ^1.2 or >=1.4 <2.";
            return false;
        }

        var sets = ImmutableArray.CreateBuilder<ImmutableArray<VersionCondition>>();
        foreach (var part in text.Split("||"))
        {
            if (!TryReadSet(part, out var set, out fault))
            {
                fault = $"The version range '{text}' can't be used: {fault}. Write it like ^1.2, ~1.2.3, 1.x or >=1.4 <2.";
                return false;
            }

            sets.Add(set);
        }

        fault = null;
        range = new VersionRange(text, sets.DrainToImmutable());
        return true;
    }

    /// <summary>Whether a version is in it.</summary>
    /// <param name="version">What is no version is in no range.</param>
    public bool Contains(string? version)
    {
        if (version is null || !SemanticVersion.TryParse(version, out var read))
        {
            return false;
        }

        foreach (var set in _sets)
        {
            if (HoldsAll(set, read))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public bool Equals(VersionRange? other) => other is not null && _text == other._text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as VersionRange);

    /// <inheritdoc/>
    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    /// <summary>The range as it was written.</summary>
    public override string ToString() => _text;

    private static bool HoldsAll(ImmutableArray<VersionCondition> set, SemanticVersion version)
    {
        var prereleaseNamed = false;
        foreach (var condition in set)
        {
            if (!condition.Holds(version))
            {
                return false;
            }

            prereleaseNamed |= condition.NamesPrereleaseOf(version);
        }

        return !version.IsPrerelease || prereleaseNamed;
    }

    private static bool TryReadSet(string text, out ImmutableArray<VersionCondition> set, [NotNullWhen(false)] out string? fault)
    {
        set = [];
        var conditions = ImmutableArray.CreateBuilder<VersionCondition>();
        var words = text.Split([' ', ',', '\t'], StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < words.Length; i++)
        {
            var word = words[i];
            var operation = VersionCondition.OperatorOf(word);
            var version = word[operation.Length..];
            if (version.Length == 0 && i + 1 < words.Length)
            {
                version = words[++i];
            }

            if (!PartialVersion.TryParse(version, out var partial))
            {
                fault = version.Length == 0 ? $"after '{operation}' there is no version" : $"'{version}' is not a version";
                return false;
            }

            conditions.Add(VersionCondition.Create(operation, partial));
        }

        fault = conditions.Count > 0 ? null : "there is nothing on one side of '||'";
        set = conditions.DrainToImmutable();
        return fault is null;
    }
}
