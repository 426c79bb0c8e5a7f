using System.Globalization;
using System.Text.Json;

namespace Rollcall.Discovery.Internal;

/// <summary>Values of a service config.</summary>
internal static class JsonValues
{
    private const int LongestShown = 40;

    // What protobuf's mapping allows: about 10,000 years.
    private const long LongestSeconds = 315_576_000_000;

    /// <summary>Reads a number. protobuf's JSON mapping takes numbers in quotes as well.</summary>
    public static bool TryGetNumber(JsonElement value, out double number)
    {
        number = 0;
        return value.ValueKind switch
        {
            JsonValueKind.Number => value.TryGetDouble(out number) && double.IsFinite(number),
            JsonValueKind.String => double.TryParse(
                value.GetString(), NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number),
            _ => false,
        };
    }

    /// <summary>Reads a google.protobuf.Duration: <c>"1.5s"</c>. <c>".5s"</c> has no place there, but gRFC A6 writes it.</summary>
    public static bool TryGetDuration(JsonElement value, out TimeSpan duration)
    {
        duration = default;
        if (value.ValueKind != JsonValueKind.String
            || value.GetString().AsSpan() is not [.. var number, 's']
            || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds)
            || Math.Abs(seconds) > LongestSeconds)
        {
            return false;
        }

        duration = TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond));
        return true;
    }

    /// <summary>As messages show it: its beginning, if it is long.</summary>
    public static string Shown(JsonElement value) => Shown(value.GetRawText());

    /// <summary>The same for a name.</summary>
    public static string Shown(string text) => text.Length <= LongestShown ? text : $"{text.AsSpan(0, LongestShown)}…";
}
