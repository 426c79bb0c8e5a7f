using System.Globalization;
using System.Text;

namespace Rollcall.Agent.Go.Expressions;

/// <summary>
/// Reads an expression by the rules of Go's <c>regexp/syntax</c> and writes it in .NET's. Classes, case and flags are worked out here, so what is written has only
/// sets, groups, alternatives, repetitions and anchors, which mean the same to both. For one expression.
/// </summary>
internal sealed partial class GoRegexParser(string pattern)
{
    private const int MaxRepeat = 1000;

    // Of all classes together: what a short text can ask for has to have an end.
    private const int MaxRanges = 100_000;

    // What classes are made of, before it is put together: with cases a range may be thousands, so that this much takes some 100 ms.
    private const int MaxMade = 300_000;

    // So many ranges of classes are as much work as one more character.
    private const int RangesPerSize = 150;

    private readonly List<object> _pieces = [];
    private readonly HashSet<RuneSet> _sets = [];
    private readonly Stack<(int Start, int Weight, int Size, bool Fold, bool Lines, bool All, bool Lazy)> _open = [];
    private int _at;
    private int _ranges;
    private int _made;
    private string? _fault;

    // Flags: i, m, s and U.
    private bool _fold;
    private bool _lines;
    private bool _all;
    private bool _lazy;

    // What a repetition would repeat: where it begins in the pieces, -1 for nothing; whether it is repeated already; how often it is, with what is in it. And how
    // often what stood before it in its group is.
    private int _atom = -1;
    private bool _repeated;
    private int _atomWeight = 1;
    private int _weight = 1;

    // The characters and classes of both, with repetitions written out.
    private int _atomSize;
    private int _size;

    /// <summary>
    /// What it takes to match: characters and classes, with repetitions written out, and more for large classes. Counted by <see cref="TryTranslate"/>.
    /// </summary>
    public int Size => _size + _atomSize + ((_made + _ranges) / RangesPerSize);

    /// <summary>The fault of an expression that Go would take.</summary>
    public static string TooLarge(string pattern) => $"expression too large: `{pattern}`";

    /// <summary>Null, or the fault in Go's words.</summary>
    public string? TryTranslate(out string translated, out RuneAlphabet alphabet)
    {
        var before = -1;
        while (_at < pattern.Length && _fault is null)
        {
            before = Step(before);
        }

        _fault ??= _open.Count > 0 ? $"missing closing ): `{pattern}`" : null;
        alphabet = RuneAlphabet.Of(_fault is null ? _sets : []);
        _fault ??= alphabet.IsTooLarge ? TooLarge(pattern) : null;
        var text = new StringBuilder();
        foreach (var piece in _fault is null ? _pieces : [])
        {
            text.Append(piece is RuneSet set ? alphabet.Write(set) : (string)piece);
        }

        translated = text.ToString();
        return _fault;
    }

    /// <summary>Reads the next part. Takes and gives where the repetition begins that was read last; -1 if it was something else.</summary>
    private int Step(int before)
    {
        var start = _at;
        switch (pattern[_at])
        {
            case '(':
                Open();
                return -1;
            case '|':
                _at++;
                _pieces.Add("|");
                _atom = -1;
                return -1;
            case ')':
                Close();
                return -1;
            case '^':
                _at++;
                AddAnchor(_lines ? "(?m:^)" : @"\A");
                return -1;
            case '$':
                _at++;
                AddAnchor(_lines ? "(?m:$)" : @"\z");
                return -1;
            case '.':
                _at++;
                AddSet(_all ? RuneSet.All : new RuneSet([(0, '\n' - 1), ('\n' + 1, RuneSet.Last)]));
                return -1;
            case '[':
                ReadClass();
                return -1;
            case '*' or '+' or '?':
                _at++;
                return Repeat(pattern[start].ToString(), start, before);
            case '{' when TryReadCounts(out var least, out var most):
                if (least is < 0 or > MaxRepeat || most > MaxRepeat || (most >= 0 && least > most))
                {
                    _fault = $"invalid repeat count: `{pattern[start.._at]}`";
                    return -1;
                }

                return Repeat(Counts(least, most), start, before, least, most);
            case '\\':
                ReadBackslash();
                return -1;
            default:
                AddLiteral(NextRune());
                return -1;
        }
    }

    private void Open()
    {
        var start = _at;
        var flags = (_fold, _lines, _all, _lazy);
        if (!Follows("(?"))
        {
            _at++;
            Push("(", flags);
            return;
        }

        if (Follows("(?P<") && pattern.Length > start + 4)
        {
            var end = pattern.IndexOf('>', start);
            if (end < 0 || !IsName(pattern.AsSpan(start + 4, end - start - 4)))
            {
                _fault = $"invalid named capture: `{(end < 0 ? pattern[start..] : pattern[start..(end + 1)])}`";
                return;
            }

            // Groups are asked for by number, and .NET would count those with names after all others.
            _at = end + 1;
            Push("(", flags);
            return;
        }

        _at += 2;
        ReadFlags(start, flags);
    }

    private void ReadFlags(int start, (bool Fold, bool Lines, bool All, bool Lazy) outer)
    {
        var (flags, set, seen) = (outer, true, false);
        while (_at < pattern.Length)
        {
            var flag = NextRune();
            switch (flag)
            {
                case 'i':
                    (flags.Fold, seen) = (set, true);
                    continue;
                case 'm':
                    (flags.Lines, seen) = (set, true);
                    continue;
                case 's':
                    (flags.All, seen) = (set, true);
                    continue;
                case 'U':
                    (flags.Lazy, seen) = (set, true);
                    continue;
                case '-' when set:
                    (set, seen) = (false, false);
                    continue;
                case ':' or ')' when set || seen:
                    if (flag == ':')
                    {
                        Push("(?:", outer);
                    }

                    (_fold, _lines, _all, _lazy) = flags;
                    return;
            }

            break;
        }

        // Also what .NET knows and Go does not: looking around, groups that are not given up.
        _fault = $"invalid or unsupported Perl syntax: `{pattern[start.._at]}`";
    }

    private void Push(string piece, (bool Fold, bool Lines, bool All, bool Lazy) flags)
    {
        _open.Push((_pieces.Count, Math.Max(_weight, _atomWeight), _size + _atomSize, flags.Fold, flags.Lines, flags.All, flags.Lazy));
        _pieces.Add(piece);
        (_atom, _atomWeight, _weight, _atomSize, _size) = (-1, 1, 1, 0, 0);
    }

    private void Close()
    {
        _at++;
        if (!_open.TryPop(out var group))
        {
            _fault = $"unexpected ): `{pattern}`";
            return;
        }

        _pieces.Add(")");
        (_atom, _repeated, _atomWeight, _weight) = (group.Start, false, Math.Max(_weight, _atomWeight), group.Weight);
        (_atomSize, _size) = (_size + _atomSize, group.Size);
        (_fold, _lines, _all, _lazy) = (group.Fold, group.Lines, group.All, group.Lazy);
    }

    private int Repeat(string operation, int start, int before, int least = 0, int most = 0)
    {
        var lazy = _lazy;
        if (Follows("?"))
        {
            _at++;
            lazy = !lazy;
        }

        if (before >= 0)
        {
            _fault = $"invalid nested repetition operator: `{pattern[before.._at]}`";
            return -1;
        }

        if (_atom < 0)
        {
            _fault = $"missing argument to repetition operator: `{pattern[start.._at]}`";
            return -1;
        }

        if (operation[0] == '{')
        {
            // Without an end it counts as often as it has to be there; what is never there, not at all.
            var times = Math.Max(most < 0 ? least : most, 1);
            (_atomWeight, _atomSize) = most == 0 ? (1, 1) : (_atomWeight * times, _atomSize * times);
            if (_atomWeight > MaxRepeat)
            {
                _fault = $"invalid repeat count: `{pattern[start.._at]}`";
                return -1;
            }
        }

        if (_repeated)
        {
            // Flags stood between: two repetitions one after the other mean something else to .NET.
            _pieces.Insert(_atom, "(?:");
            _pieces.Add(")");
        }

        _pieces.Add(lazy ? operation + "?" : operation);
        _repeated = true;
        return start;
    }

    private static string Counts(int least, int most) =>
        most < 0 ? string.Create(CultureInfo.InvariantCulture, $"{{{least},}}") : string.Create(CultureInfo.InvariantCulture, $"{{{least},{most}}}");

    /// <summary>Reads <c>{n}</c>, <c>{n,}</c> and <c>{n,m}</c>; -1 for no end. All else in braces is text.</summary>
    private bool TryReadCounts(out int least, out int most)
    {
        var at = _at + 1;
        most = -1;
        if (!TryReadNumber(ref at, out least) || at >= pattern.Length)
        {
            return false;
        }

        if (pattern[at] != ',')
        {
            most = least;
        }
        else if (++at >= pattern.Length || (pattern[at] != '}' && !TryReadNumber(ref at, out most)))
        {
            return false;
        }

        if (at >= pattern.Length || pattern[at] != '}')
        {
            return false;
        }

        _at = at + 1;
        return true;
    }

    private bool TryReadNumber(ref int at, out int number)
    {
        var start = at;
        while (at < pattern.Length && char.IsAsciiDigit(pattern[at]))
        {
            at++;
        }

        var digits = pattern.AsSpan(start, at - start);
        number = digits.Length > 8 ? int.MaxValue : digits.Length == 0 ? 0 : int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        return digits.Length == 1 || (digits.Length > 1 && digits[0] != '0');
    }

    private void AddLiteral(int rune)
    {
        var set = new RuneSet([(rune, rune)]);
        AddSet(_fold ? set.Fold() : set);
    }

    private void AddSet(RuneSet set)
    {
        if (_sets.Add(set) && (_ranges += set.Ranges.Length) > MaxRanges)
        {
            _fault = TooLarge(pattern);
        }

        AddAtom(set);
    }

    // In a group, so that it can be repeated.
    private void AddAnchor(string anchor) => AddAtom($"(?:{anchor})");

    private void AddAtom(object piece)
    {
        (_atom, _repeated, _atomWeight, _weight) = (_pieces.Count, false, 1, Math.Max(_weight, _atomWeight));
        (_atomSize, _size) = (1, _size + _atomSize);
        _pieces.Add(piece);
    }

    private bool Follows(string text) => string.CompareOrdinal(pattern, _at, text, 0, text.Length) == 0;

    private int NextRune()
    {
        _ = Rune.DecodeFromUtf16(pattern.AsSpan(_at), out var rune, out var length);
        _at += length;
        return rune.Value;
    }

    private static bool IsName(ReadOnlySpan<char> name)
    {
        foreach (var letter in name)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter != '_')
            {
                return false;
            }
        }

        return name.Length > 0;
    }
}
