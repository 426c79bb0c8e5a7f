using System.Globalization;

namespace Rollcall.Grpc;

/// <summary>The value of <c>grpc-timeout</c>: 1 to 8 digits and one of <c>H M S m u n</c>.</summary>
public static class GrpcTimeout
{
    private const long MaxDigits = 99_999_999;

    /// <summary>Reads a value; false when it is malformed. Nanoseconds are rounded up to the tick of 100 ns.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan timeout)
    {
        timeout = default;
        if (text.Length is < 2 or > 9)
        {
            return false;
        }

        long value = 0;
        foreach (var digit in text[..^1])
        {
            if (!char.IsAsciiDigit(digit))
            {
                return false;
            }

            value = (value * 10) + (digit - '0');
        }

        // The largest value, 99999999 H, is 40 % of what a TimeSpan holds: no product below overflows.
        long ticks;
        switch (text[^1])
        {
            case 'H': ticks = value * TimeSpan.TicksPerHour; break;
            case 'M': ticks = value * TimeSpan.TicksPerMinute; break;
            case 'S': ticks = value * TimeSpan.TicksPerSecond; break;
            case 'm': ticks = value * TimeSpan.TicksPerMillisecond; break;
            case 'u': ticks = value * TimeSpan.TicksPerMicrosecond; break;
            case 'n': ticks = (value + 99) / 100; break;
            default: return false;
        }

        timeout = new TimeSpan(ticks);
        return true;
    }

    /// <summary>
    /// Writes a value in the finest unit that fits into 8 digits, rounded up. Zero and less become <c>1n</c>, because a peer may refuse 0;
    /// more than 99999999 hours become that.
    /// </summary>
    public static string Format(TimeSpan timeout)
    {
        var ticks = timeout.Ticks;
        if (ticks <= 0)
        {
            return "1n";
        }

        if (ticks <= MaxDigits / 100)
        {
            return Write(ticks * 100, 'n');
        }

        if (Ceiling(ticks, TimeSpan.TicksPerMicrosecond) is <= MaxDigits and var micros)
        {
            return Write(micros, 'u');
        }

        if (Ceiling(ticks, TimeSpan.TicksPerMillisecond) is <= MaxDigits and var millis)
        {
            return Write(millis, 'm');
        }

        if (Ceiling(ticks, TimeSpan.TicksPerSecond) is <= MaxDigits and var seconds)
        {
            return Write(seconds, 'S');
        }

        if (Ceiling(ticks, TimeSpan.TicksPerMinute) is <= MaxDigits and var minutes)
        {
            return Write(minutes, 'M');
        }

        return Write(Math.Min(Ceiling(ticks, TimeSpan.TicksPerHour), MaxDigits), 'H');
    }

    private static long Ceiling(long ticks, long unit) => (ticks / unit) + (ticks % unit == 0 ? 0 : 1);

    private static string Write(long value, char unit) => string.Create(CultureInfo.InvariantCulture, $"{value}{unit}");
}
