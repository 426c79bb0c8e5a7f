using System.Globalization;

namespace Rollcall.Agent.Metrics;

/// <summary>What the machine says of itself. What it does not say is empty or 0.</summary>
internal sealed class HostFacts
{
    public required string Name { get; init; }

    public required TimeSpan Uptime { get; init; }

    public required int Processes { get; init; }

    /// <summary>Such as <c>linux</c>.</summary>
    public required string System { get; init; }

    public required string Platform { get; init; }

    public required string PlatformFamily { get; init; }

    public required string PlatformVersion { get; init; }

    public required string Kernel { get; init; }

    public required string Architecture { get; init; }

    /// <summary>The disk at the root.</summary>
    public required DriveInfo Disk { get; init; }

    /// <summary>The lines of each processor, by name.</summary>
    public required IReadOnlyList<IReadOnlyDictionary<string, string>> Processors { get; init; }

    /// <summary>Lines about memory, by name.</summary>
    public required IReadOnlyDictionary<string, string> MemoryLines { get; init; }

    /// <summary>One line about memory, in bytes.</summary>
    public long Memory(string field)
    {
        var text = MemoryLines.GetValueOrDefault(field);
        return (long)Number(text) * (text?.EndsWith("kB", StringComparison.Ordinal) == true ? 1024 : 1);
    }

    /// <summary>The number that a text begins with.</summary>
    public static double Number(string? text) =>
        double.TryParse(text?.Split(' ')[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
