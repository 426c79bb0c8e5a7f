using System.Globalization;
using System.Text.Json;

namespace Rollcall.Agent.Go;

/// <summary>Writes numbers with a fraction as Go does.</summary>
internal static class GoNumber
{
    public static void Write(Utf8JsonWriter json, double value) => json.WriteRawValue(Format(value), skipInputValidation: true);

    /// <summary>The shortest digits that stand for the number, with an exponent only outside of 1e-6 to 1e21.</summary>
    public static string Format(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var mark = text.IndexOf('E', StringComparison.Ordinal);
        if (mark < 0)
        {
            return text;
        }

        var exponent = int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (exponent is < -6 or >= 21)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, mark)}e{(exponent < 0 ? "-" : "+")}{Math.Abs(exponent):00}").Replace("e-0", "e-", StringComparison.Ordinal);
        }

        var sign = text[0] == '-' ? "-" : "";
        var digits = text[sign.Length..mark].Replace(".", "", StringComparison.Ordinal);
        return exponent < 0
            ? $"{sign}0.{new string('0', -exponent - 1)}{digits}"
            : $"{sign}{digits}{new string('0', Math.Max(0, exponent + 1 - digits.Length))}";
    }
}
