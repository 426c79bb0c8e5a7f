using System.Globalization;
using System.Text;

namespace Rollcall.Agent.Go.Expressions;

/// <summary>
/// What an expression tells apart of the characters beyond ASCII, with a letter of its own for each kind. Text is spelled in these letters before it is matched. So
/// every character is one <see cref="char"/>, as in Go, and none beyond ASCII is part of a word for <c>\b</c>: letters for private use are not.
/// </summary>
internal sealed class RuneAlphabet
{
    private const int FirstBeyond = 0x80;
    private const char FirstLetter = '\uE000';

    // As many letters for private use as there are.
    private const int MaxLetters = 6400;

    // How many sets may meet at all edges together: thousands that overlap would take seconds to tell apart.
    private const int MaxMeetings = 1_000_000;

    // Where each run of characters of one kind begins, and its letter.
    private readonly int[] _starts;
    private readonly char[] _letters;
    private readonly Dictionary<RuneSet, SortedSet<char>> _ofSets = [];

    private RuneAlphabet(IEnumerable<RuneSet> sets)
    {
        var edges = new SortedDictionary<int, List<(RuneSet Set, bool Begins)>> { [FirstBeyond] = [] };
        foreach (var set in sets)
        {
            _ofSets.Add(set, []);
            foreach (var (first, last) in set.Ranges.Where(static range => range.Last >= FirstBeyond))
            {
                EdgesAt(Math.Max(first, FirstBeyond)).Add((set, true));
                EdgesAt(last + 1).Add((set, false));
            }
        }

        _starts = [.. edges.Keys];
        _letters = new char[_starts.Length];
        var numbers = _ofSets.Keys.Select(static (set, number) => (set, number)).ToDictionary(static pair => pair.set, static pair => pair.number);
        var known = new Dictionary<string, char>(StringComparer.Ordinal);
        var active = new SortedDictionary<int, RuneSet>();
        var meetings = 0;
        foreach (var (i, (_, changes)) in edges.Index())
        {
            foreach (var (set, begins) in changes.OrderBy(static change => change.Begins))
            {
                _ = begins ? active.TryAdd(numbers[set], set) : active.Remove(numbers[set]);
            }

            meetings += active.Count;
            IsTooLarge = meetings > MaxMeetings || known.Count == MaxLetters;
            if (IsTooLarge)
            {
                return;
            }

            var kind = string.Join(',', active.Keys);
            if (!known.TryGetValue(kind, out var letter))
            {
                letter = (char)(FirstLetter + known.Count);
                known.Add(kind, letter);
                foreach (var set in active.Values)
                {
                    _ofSets[set].Add(letter);
                }
            }

            _letters[i] = letter;
        }

        List<(RuneSet Set, bool Begins)> EdgesAt(int rune)
        {
            if (!edges.TryGetValue(rune, out var changes))
            {
                edges.Add(rune, changes = []);
            }

            return changes;
        }
    }

    /// <summary>There are more kinds than letters, or they take too long to find.</summary>
    public bool IsTooLarge { get; }

    /// <param name="sets">All that an expression has.</param>
    public static RuneAlphabet Of(IEnumerable<RuneSet> sets) => new(sets.Distinct());

    /// <summary>A text in these letters. ASCII stays as it is.</summary>
    public string Spell(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        var spelled = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            spelled.Append(rune.IsAscii ? (char)rune.Value : LetterOf(rune.Value));
        }

        return spelled.ToString();
    }

    /// <summary>A set as .NET's expressions write it, in these letters.</summary>
    public string Write(RuneSet set)
    {
        var text = new StringBuilder("[");
        foreach (var (first, last) in set.Ranges.TakeWhile(static range => range.First < FirstBeyond))
        {
            text.Append(CultureInfo.InvariantCulture, $"\\x{first:X2}-\\x{Math.Min(last, FirstBeyond - 1):X2}");
        }

        foreach (var letter in _ofSets[set])
        {
            text.Append(letter);
        }

        // An empty one matches nothing.
        return text.Length == 1 ? @"[^\s\S]" : text.Append(']').ToString();
    }

    private char LetterOf(int rune)
    {
        var at = Array.BinarySearch(_starts, rune);
        return _letters[at < 0 ? ~at - 1 : at];
    }
}
