using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Rollcall.Agent.Go.Expressions;

/// <summary>
/// A regular expression that a client sent, read as Go reads it (RE2) and matched without backtracking, so that none takes more than time linear in the text and in its own size. What
/// Go refuses is refused; nothing is left for .NET to understand in its own way. Safe for use by many threads.
/// </summary>
internal sealed class GoRegex
{
    private readonly RuneAlphabet _alphabet;
    private readonly Regex _regex;

    private GoRegex(RuneAlphabet alphabet, Regex regex, int size) => (_alphabet, _regex, Size) = (alphabet, regex, size);

    /// <summary>Its characters and classes, with repetitions written out: each character of a text may take time in proportion.</summary>
    public int Size { get; }

    /// <summary>Reads an expression. The fault is in Go's words.</summary>
    public static bool TryParse(string pattern, [NotNullWhen(true)] out GoRegex? regex, out string error)
    {
        regex = null;
        error = "";
        var parser = new GoRegexParser(pattern);
        if (parser.TryTranslate(out var translated, out var alphabet) is { } fault)
        {
            error = $"error parsing regexp: {fault}";
            return false;
        }

        try
        {
            regex = new GoRegex(alphabet, new Regex(translated, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant), parser.Size);
            return true;
        }
        catch (NotSupportedException)
        {
            error = $"error parsing regexp: {GoRegexParser.TooLarge(pattern)}";
            return false;
        }
    }

    /// <summary>Whether it matches anywhere in a text.</summary>
    public bool IsMatch(string text) => _regex.IsMatch(_alphabet.Spell(text));

    /// <summary>What the first match and each of its groups hold, empty for those that took no part. Empty: there is no match.</summary>
    public IReadOnlyList<string> Match(string text)
    {
        var match = _regex.Match(_alphabet.Spell(text));
        if (!match.Success)
        {
            return [];
        }

        // A letter stands for a character that may be two chars.
        var at = new List<int>(text.Length + 1) { 0 };
        foreach (var rune in text.EnumerateRunes())
        {
            at.Add(at[^1] + rune.Utf16SequenceLength);
        }

        return [.. match.Groups.Values.Select(group => group.Success ? text[at[group.Index]..at[group.Index + group.Length]] : "")];
    }
}
