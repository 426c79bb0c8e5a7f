using System.Buffers;
using System.Globalization;
using System.Text;

namespace Rollcall.Consul.Wire;

/// <summary>
/// Durations as Go writes them (<c>1h15m30.918s</c>, <c>300ms</c>): what Consul's API takes and gives.
/// Units: ns, us, µs, ms, s, m, h.
/// </summary>
public static class GoDuration
{
    private const long Microsecond = 1_000;
    private const long Millisecond = 1_000_000;
    private const long Second = 1_000_000_000;
    private const long Minute = 60 * Second;
    private const long Hour = 60 * Minute;
    private static readonly SearchValues<char> s_number = SearchValues.Create("0123456789.");

    /// <summary>Reads a duration as Go's <c>time.ParseDuration</c> does: a sign, then numbers with units; a bare <c>0</c> needs no unit. In steps of 100 ns, as <see cref="FromNanoseconds"/>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan value)
    {
        var ok = TryParseNanoseconds(text, out var nanoseconds);
        value = FromNanoseconds(nanoseconds);
        return ok;
    }

    /// <summary>A duration of so many nanoseconds, in steps of 100 ns towards zero. Only 0 becomes zero, which often means none: what is nearer to it than a step is one step.</summary>
    public static TimeSpan FromNanoseconds(long nanoseconds) =>
        TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick is var ticks and not 0 ? ticks : Math.Sign(nanoseconds));

    /// <summary>The same at Go's resolution.</summary>
    public static bool TryParseNanoseconds(ReadOnlySpan<char> text, out long nanoseconds)
    {
        nanoseconds = 0;
        var negative = false;
        if (text.Length > 0 && text[0] is '-' or '+')
        {
            negative = text[0] == '-';
            text = text[1..];
        }

        if (text is "0")
        {
            return true;
        }

        if (text.IsEmpty)
        {
            return false;
        }

        decimal total = 0;
        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExcept(s_number);
            if (digits <= 0
                || digits > 24
                || !decimal.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            text = text[digits..];
            var letters = text.IndexOfAny(s_number);
            var unit = letters < 0 ? text : text[..letters];
            var length = Length(unit);
            if (length == 0)
            {
                return false;
            }

            if (number > long.MaxValue / (decimal)length)
            {
                return false;
            }

            total += number * length;
            if (total > long.MaxValue)
            {
                return false;
            }

            text = text[unit.Length..];
        }

        nanoseconds = (long)total * (negative ? -1 : 1);
        return true;
    }

    /// <summary>Writes a duration as Go's <c>Duration.String</c> does: <c>10s</c>, <c>1m30s</c>, <c>1h0m0s</c>, <c>1.5ms</c>, <c>0s</c>.</summary>
    public static string Format(TimeSpan value) => FormatNanoseconds(checked(value.Ticks * TimeSpan.NanosecondsPerTick));

    /// <summary>The same at Go's resolution.</summary>
    public static string FormatNanoseconds(long nanoseconds)
    {
        if (nanoseconds == 0)
        {
            return "0s";
        }

        var text = new StringBuilder();
        var rest = (ulong)Math.Abs((decimal)nanoseconds);
        if (nanoseconds < 0)
        {
            text.Append('-');
        }

        if (rest < Second)
        {
            var (unit, name) = rest < Microsecond ? (1L, "ns") : rest < Millisecond ? (Microsecond, "µs") : (Millisecond, "ms");
            return text.Append(Decimal(rest, unit)).Append(name).ToString();
        }

        var hours = rest / Hour;
        var minutes = rest % Hour / Minute;
        if (hours > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{hours}h");
        }

        if (rest >= Minute)
        {
            text.Append(CultureInfo.InvariantCulture, $"{minutes}m");
        }

        return text.Append(Decimal(rest % Minute, Second)).Append('s').ToString();
    }

    private static string Decimal(ulong value, long unit) => ((decimal)value / unit).ToString("0.#########", CultureInfo.InvariantCulture);

    private static long Length(ReadOnlySpan<char> unit) => unit switch
    {
        "ns" => 1,
        "us" or "µs" or "μs" => Microsecond,
        "ms" => Millisecond,
        "s" => Second,
        "m" => Minute,
        "h" => Hour,
        _ => 0,
    };
}
