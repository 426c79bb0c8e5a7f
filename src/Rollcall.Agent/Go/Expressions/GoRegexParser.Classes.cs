using System.Text;

namespace Rollcall.Agent.Go.Expressions;

// Classes, and what begins with a backslash.
internal sealed partial class GoRegexParser
{
    private void ReadBackslash()
    {
        switch (_at + 1 < pattern.Length ? pattern[_at + 1] : '\0')
        {
            case 'A':
                _at += 2;
                AddAnchor(@"\A");
                return;
            case 'z':
                _at += 2;
                AddAnchor(@"\z");
                return;
            case 'b':
                _at += 2;
                AddAnchor(@"\b");
                return;
            case 'B':
                _at += 2;
                AddAnchor(@"\B");
                return;
            case 'C':
                _fault = @"invalid escape sequence: `\C`";
                return;
            case 'Q':
                var end = pattern.IndexOf(@"\E", _at, StringComparison.Ordinal);
                for (_at += 2; _at < (end < 0 ? pattern.Length : end);)
                {
                    AddLiteral(NextRune());
                }

                _at = end < 0 ? pattern.Length : end + 2;
                return;
        }

        if (TryReadNamed(out var set))
        {
            AddSet(set);
        }
        else if (_fault is null && ReadEscape() is { } rune)
        {
            AddLiteral(rune);
        }
    }

    /// <summary>Reads <c>\pL</c>, <c>\p{Lu}</c>, <c>\d</c> and their like. False also for a fault.</summary>
    private bool TryReadNamed(out RuneSet set)
    {
        set = RuneSet.All;
        var start = _at;
        var letter = Follows(@"\") && _at + 1 < pattern.Length ? pattern[_at + 1] : '\0';
        if (letter is 'd' or 's' or 'w' or 'D' or 'S' or 'W')
        {
            _at += 2;
            set = RuneClasses.Find($@"\{char.ToLowerInvariant(letter)}", char.IsUpper(letter), _fold)!;
            return true;
        }

        if (letter is not ('p' or 'P'))
        {
            return false;
        }

        _at += 2;
        var name = "";
        if (Follows("{"))
        {
            var end = pattern.IndexOf('}', _at);
            name = end < 0 ? "" : pattern[(_at + 1)..end];
            _at = end < 0 ? pattern.Length : end + 1;
        }
        else if (_at < pattern.Length)
        {
            name = new Rune(NextRune()).ToString();
        }

        var negated = letter == 'P';
        if (name.StartsWith('^'))
        {
            (negated, name) = (!negated, name[1..]);
        }

        if (name.StartsWith('[') || name.StartsWith('\\') || RuneClasses.Find(name, negated, _fold) is not { } found)
        {
            _fault = $"invalid character class range: `{pattern[start.._at]}`";
            return false;
        }

        set = found;
        return true;
    }

    /// <summary>A character that is written with a backslash. Null: a fault.</summary>
    private int? ReadEscape()
    {
        var start = _at++;
        if (_at == pattern.Length)
        {
            _fault = "trailing backslash at end of expression: ``";
            return null;
        }

        var rune = NextRune();
        var value = rune switch
        {
            >= '1' and <= '7' when !IsOctal() => -1,
            >= '0' and <= '7' => ReadOctal(rune - '0'),
            'x' => ReadHex(),
            'a' => '\a',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\v',
            < 0x80 when !char.IsAsciiLetterOrDigit((char)rune) => rune,
            _ => -1,
        };
        if (value >= 0)
        {
            return value;
        }

        _fault = $"invalid escape sequence: `{pattern[start.._at]}`";
        return null;
    }

    private bool IsOctal() => _at < pattern.Length && pattern[_at] is >= '0' and <= '7';

    private int ReadOctal(int value)
    {
        for (var i = 1; i < 3 && IsOctal(); i++)
        {
            value = (value * 8) + pattern[_at++] - '0';
        }

        return value;
    }

    /// <summary>Two digits, or any number in braces; -1: neither.</summary>
    private int ReadHex()
    {
        if (_at == pattern.Length)
        {
            return -1;
        }

        var first = NextRune();
        if (first != '{')
        {
            var second = _at < pattern.Length ? NextRune() : -1;
            return IsHex(first) && IsHex(second) ? (HexOf(first) * 16) + HexOf(second) : -1;
        }

        for (var (value, digits) = (0, 0); _at < pattern.Length; digits++)
        {
            var digit = NextRune();
            if (digit == '}')
            {
                return digits > 0 ? value : -1;
            }

            if (!IsHex(digit) || (value = (value * 16) + HexOf(digit)) > RuneSet.Last)
            {
                return -1;
            }
        }

        return -1;
    }

    private static bool IsHex(int rune) => rune is >= 0 and < 0x80 && char.IsAsciiHexDigit((char)rune);

    private static int HexOf(int rune) => rune <= '9' ? rune - '0' : (rune | 0x20) - 'a' + 10;

    private void ReadClass()
    {
        var start = _at++;
        var negated = Follows("^");
        _at += negated ? 1 : 0;
        var ranges = new List<(int First, int Last)>();
        var named = new HashSet<RuneSet>(ReferenceEqualityComparer.Instance);
        for (var first = true; _at >= pattern.Length || pattern[_at] != ']' || first; first = false)
        {
            if (TryReadPosix(out var set) || (_fault is null && TryReadNamed(out set)))
            {
                named.Add(set);
                continue;
            }

            if (_fault is not null || !TryReadRange(start, ranges))
            {
                return;
            }
        }

        _at++;
        if (_fold)
        {
            // Of all ranges together: many may overlap. Named sets are folded already.
            ranges.AddRange(new RuneSet(ranges).Ranges.SelectMany(RuneFolds.Within));
        }

        ranges.AddRange(named.SelectMany(static set => set.Ranges));

        // Also of a class that was there before, which takes as long to make.
        if ((_made += ranges.Count) > MaxMade)
        {
            _fault = TooLarge(pattern);
            return;
        }

        var all = new RuneSet(ranges);
        AddSet(negated ? all.Negate() : all);
    }

    private bool TryReadPosix(out RuneSet set)
    {
        set = RuneSet.All;
        var end = Follows("[:") && _at + 2 < pattern.Length ? pattern.IndexOf(":]", _at + 2, StringComparison.Ordinal) : -1;
        if (end < 0)
        {
            return false;
        }

        var name = pattern[_at..(end + 2)];
        _at = end + 2;
        var negated = name.StartsWith("[:^", StringComparison.Ordinal);
        if (RuneClasses.Find(negated ? $"[:{name[3..]}" : name, negated, _fold) is not { } found)
        {
            _fault = $"invalid character class range: `{name}`";
            return false;
        }

        set = found;
        return true;
    }

    private bool TryReadRange(int classStart, List<(int First, int Last)> ranges)
    {
        var start = _at;
        if (ReadClassRune(classStart) is not { } first)
        {
            return false;
        }

        var last = first;
        if (_at + 1 < pattern.Length && pattern[_at] == '-' && pattern[_at + 1] != ']')
        {
            _at++;
            if (ReadClassRune(classStart) is not { } end)
            {
                return false;
            }

            if (end < first)
            {
                _fault = $"invalid character class range: `{pattern[start.._at]}`";
                return false;
            }

            last = end;
        }

        ranges.Add((first, last));
        return true;
    }

    private int? ReadClassRune(int classStart)
    {
        if (_at >= pattern.Length)
        {
            _fault = $"missing closing ]: `{pattern[classStart..]}`";
            return null;
        }

        return pattern[_at] == '\\' ? ReadEscape() : NextRune();
    }
}
