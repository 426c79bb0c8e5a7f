using System.Globalization;
using System.Runtime.InteropServices;

namespace Rollcall.Agent.Metrics;

/// <summary>Asks the machine about itself: on Linux the files below <c>/proc</c>, elsewhere what the runtime knows.</summary>
internal static class HostReader
{
    public static HostFacts Read()
    {
        var system = OperatingSystem.IsLinux() ? "linux" : OperatingSystem.IsMacOS() ? "darwin" : OperatingSystem.IsWindows() ? "windows" : "";
        var release = Pairs(Lines("/etc/os-release"), '=').ToDictionary(static pair => pair.Name, static pair => pair.Value.Trim('"'), StringComparer.Ordinal);
        return new HostFacts
        {
            Name = Environment.MachineName,
            Uptime = Lines("/proc/uptime") is [var uptime, ..] ? TimeSpan.FromSeconds(HostFacts.Number(uptime)) : TimeSpan.FromMilliseconds(Environment.TickCount64),
            Processes = OperatingSystem.IsLinux() ? Directory.EnumerateDirectories("/proc").Count(static path => char.IsAsciiDigit(Path.GetFileName(path)[0])) : 0,
            System = system,
            Platform = release.GetValueOrDefault("ID") ?? system,
            PlatformFamily = release.GetValueOrDefault("ID_LIKE") ?? release.GetValueOrDefault("ID") ?? system,
            PlatformVersion = Lines("/etc/debian_version") is [var debian, ..] ? debian : release.GetValueOrDefault("VERSION_ID") ?? "",
            Kernel = Lines("/proc/sys/kernel/osrelease") is [var kernel, ..] ? kernel : Environment.OSVersion.Version.ToString(),
            Architecture = RuntimeInformation.OSArchitecture switch
            {
                Architecture.X64 => "x86_64",
                Architecture.Arm64 => "aarch64",
                var other => other.ToString().ToLowerInvariant(),
            },
            Disk = new DriveInfo(Path.GetPathRoot(Environment.CurrentDirectory) ?? "/"),
            Processors = Processors(),
            MemoryLines = Pairs(Lines("/proc/meminfo"), ':').ToDictionary(static pair => pair.Name, static pair => pair.Value, StringComparer.Ordinal),
        };
    }

    private static List<IReadOnlyDictionary<string, string>> Processors()
    {
        var processors = new List<IReadOnlyDictionary<string, string>>();
        Dictionary<string, string>? current = null;
        foreach (var (name, value) in Pairs(Lines("/proc/cpuinfo"), ':'))
        {
            if (name == "processor")
            {
                processors.Add(current = new Dictionary<string, string>(StringComparer.Ordinal));
            }

            current?.TryAdd(name, value);
        }

        for (var i = processors.Count; i < Environment.ProcessorCount; i++)
        {
            processors.Add(new Dictionary<string, string>(StringComparer.Ordinal) { ["processor"] = i.ToString(CultureInfo.InvariantCulture) });
        }

        return processors;
    }

    private static IEnumerable<(string Name, string Value)> Pairs(string[] lines, char separator)
    {
        foreach (var line in lines)
        {
            var at = line.IndexOf(separator, StringComparison.Ordinal);
            if (at > 0)
            {
                yield return (line[..at].Trim(), line[(at + 1)..].Trim());
            }
        }
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
