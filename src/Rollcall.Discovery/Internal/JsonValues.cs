using System.Globalization;
using System.Text.Json;

namespace Rollcall.Discovery.Internal;

/// <summary>Values of a service config.</summary>
internal static class JsonValues
{
    private const int LongestShown = 40;

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

    /// <summary>As messages show it: its beginning, if it is long.</summary>
    public static string Shown(JsonElement value) => Shown(value.GetRawText());

    /// <summary>The same for a name.</summary>
    public static string Shown(string text) => text.Length <= LongestShown ? text : $"{text.AsSpan(0, LongestShown)}…";
}
