using System.Globalization;

namespace Rollcall.Cli.Commands.Migration;

/// <summary>What became of the things of one kind.</summary>
internal sealed class Tally
{
    public int Found { get; set; }

    public int Carried { get; set; }

    public int Replaced { get; set; }

    public int Same { get; set; }

    public int Left { get; set; }

    public int Refused { get; set; }

    /// <summary>Those that the command did not come to.</summary>
    public int Open => Found - Carried - Replaced - Same - Left - Refused;

    /// <summary>One line for people, such as <c>3 keys: 1 carried, 0 replaced, 2 there already, 0 different and left.</c></summary>
    public string Line(string what, bool dryRun)
    {
        var would = dryRun ? "would be " : "";
        var refused = Refused == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {Refused} refused");
        var open = Open <= 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" It ended before its time: {Open} were not carried.");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Found} {what}: {Carried} {would}carried, {Replaced} {would}replaced, {Same} there already, {Left} different and left{refused}.{open}");
    }
}
