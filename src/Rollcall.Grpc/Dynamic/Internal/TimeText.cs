using System.Globalization;

namespace Rollcall.Grpc.Dynamic;

/// <summary>Points in time (RFC 3339) and durations (<c>1.5s</c>), both as whole seconds and the nanoseconds beyond them.</summary>
internal static class TimeText
{
    // 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, and some 10,000 years, as protobuf limits them.
    private const long MinTimestamp = -62_135_596_800;
    private const long MaxTimestamp = 253_402_300_799;
    private const long MaxDuration = 315_576_000_000;
    private const int NanosPerSecond = 1_000_000_000;
    private const string DateTimeFormat = "yyyy-MM-dd'T'HH:mm:ss";
    private const int DateTimeLength = 19;

    public static bool TryReadTimestamp(string text, out long seconds, out int nanos)
    {
        (seconds, nanos) = (0, 0);
        if (text.Length <= DateTimeLength
            || !DateTime.TryParseExact(
                text.AsSpan(0, DateTimeLength), DateTimeFormat, CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
        {
            return false;
        }

        var rest = text.AsSpan(DateTimeLength);
        if (!TryTakeFraction(ref rest, out nanos) || !TryReadOffset(rest, out var offset))
        {
            return false;
        }

        seconds = new DateTimeOffset(time).ToUnixTimeSeconds() - offset;
        return seconds is >= MinTimestamp and <= MaxTimestamp;
    }

    public static bool TryFormatTimestamp(long seconds, int nanos, out string text)
    {
        text = "";
        if (seconds is < MinTimestamp or > MaxTimestamp || nanos is < 0 or >= NanosPerSecond)
        {
            return false;
        }

        text = DateTimeOffset.FromUnixTimeSeconds(seconds).ToString(DateTimeFormat, CultureInfo.InvariantCulture) + Fraction(nanos) + "Z";
        return true;
    }

    public static bool TryReadDuration(string text, out long seconds, out int nanos)
    {
        (seconds, nanos) = (0, 0);
        var isNegative = text.StartsWith('-');
        var rest = text.AsSpan(isNegative ? 1 : 0);
        var digits = rest.IndexOfAnyExceptInRange('0', '9');
        if (digits < 1
            || !long.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out seconds)
            || seconds > MaxDuration)
        {
            return false;
        }

        rest = rest[digits..];
        if (!TryTakeFraction(ref rest, out nanos) || rest is not "s")
        {
            return false;
        }

        (seconds, nanos) = isNegative ? (-seconds, -nanos) : (seconds, nanos);
        return true;
    }

    public static bool TryFormatDuration(long seconds, int nanos, out string text)
    {
        text = "";
        if (seconds is < -MaxDuration or > MaxDuration
            || nanos is <= -NanosPerSecond or >= NanosPerSecond
            || Math.Sign(seconds) * Math.Sign(nanos) < 0)
        {
            return false;
        }

        var sign = seconds < 0 || nanos < 0 ? "-" : "";
        text = string.Create(CultureInfo.InvariantCulture, $"{sign}{Math.Abs(seconds)}{Fraction(Math.Abs(nanos))}s");
        return true;
    }

    /// <summary>No digits, or 3, 6 or 9: as few as hold it.</summary>
    private static string Fraction(int nanos) => nanos switch
    {
        0 => "",
        _ when nanos % 1_000_000 == 0 => string.Create(CultureInfo.InvariantCulture, $".{nanos / 1_000_000:000}"),
        _ when nanos % 1_000 == 0 => string.Create(CultureInfo.InvariantCulture, $".{nanos / 1_000:000000}"),
        _ => string.Create(CultureInfo.InvariantCulture, $".{nanos:000000000}"),
    };

    private static bool TryTakeFraction(ref ReadOnlySpan<char> text, out int nanos)
    {
        nanos = 0;
        if (!text.StartsWith('.'))
        {
            return true;
        }

        var rest = text[1..];
        var length = rest.IndexOfAnyExceptInRange('0', '9');
        if (length is < 1 or > 9)
        {
            return false;
        }

        nanos = int.Parse(rest[..length], NumberStyles.None, CultureInfo.InvariantCulture);
        for (var i = length; i < 9; i++)
        {
            nanos *= 10;
        }

        text = rest[length..];
        return true;
    }

    private static bool TryReadOffset(ReadOnlySpan<char> text, out int seconds)
    {
        seconds = 0;
        if (text is "Z")
        {
            return true;
        }

        if (text is not [('+' or '-') and var sign, _, _, ':', _, _]
            || !int.TryParse(text[1..3], NumberStyles.None, CultureInfo.InvariantCulture, out var hours)
            || !int.TryParse(text[4..6], NumberStyles.None, CultureInfo.InvariantCulture, out var minutes)
            || hours > 23
            || minutes > 59)
        {
            return false;
        }

        seconds = (hours * 60 + minutes) * (sign == '-' ? -60 : 60);
        return true;
    }
}
