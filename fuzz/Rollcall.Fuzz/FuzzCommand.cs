using System.Globalization;
using System.Security.Cryptography;

namespace Rollcall.Fuzz;

/// <summary>The command line: <c>TARGET|all --inputs N --seed N</c>.</summary>
internal sealed class FuzzCommand(TextWriter output, TimeProvider time)
{
    private const string Usage = "usage: TARGET|all [--inputs N] [--seed N]";

    // A target that does not come back is beyond help: its input is kept and the program ends.
    private static readonly TimeSpan s_lost = TimeSpan.FromSeconds(20);

    public int Run(string[] arguments)
    {
        var targets = FuzzTargets.All.Select(create => create()).ToList();
        if (!TryRead(arguments, out var name, out var inputs, out var seed) || (name != "all" && !targets.Exists(target => target.Name == name)))
        {
            output.WriteLine($"{Usage}\ntargets: {string.Join(' ', targets.Select(target => target.Name))}");
            return 2;
        }

        var faults = 0L;
        foreach (var target in targets.Where(target => name == "all" || target.Name == name))
        {
            faults += Run(target, inputs, seed);
        }

        return faults == 0 ? 0 : 1;
    }

    private static bool TryRead(string[] arguments, out string name, out long inputs, out int seed)
    {
        inputs = 1_000_000;
        seed = 1;
        name = arguments is [var first, ..] ? first : "";
        for (var i = 1; i < arguments.Length; i += 2)
        {
            var value = i + 1 < arguments.Length ? arguments[i + 1] : "";
            var valid = arguments[i] switch
            {
                "--inputs" => long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out inputs),
                "--seed" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out seed),
                _ => false,
            };
            if (!valid)
            {
                return false;
            }
        }

        return name.Length > 0;
    }

    private long Run(IFuzzTarget target, long inputs, int seed)
    {
        using var owned = target as IDisposable;
        var started = time.GetTimestamp();
        var run = new FuzzRun(target, time);
        using var watch = time.CreateTimer(_ => Watch(target.Name, run), null, s_lost, s_lost);
        var report = run.Run(inputs, seed);
        var seconds = time.GetElapsedTime(started).TotalSeconds;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Target,-17} {report.Inputs,9} inputs {report.Outcomes,5} outcomes {report.FaultCount,5} faults {seconds,7:F1} s"));
        foreach (var fault in report.Faults)
        {
            output.WriteLine($"  {Save(target.Name, fault.Input)}\n{fault.What}");
        }

        return report.FaultCount;
    }

    private void Watch(string target, FuzzRun run)
    {
        if (run.Current is { } current && time.GetElapsedTime(current.Started) > s_lost)
        {
            output.WriteLine($"{target}: an input does not come to an end: {Save(target, current.Input)}");
            output.Flush();
            Environment.Exit(1);
        }
    }

    private static string Save(string target, byte[] input)
    {
        var folder = Directory.CreateDirectory(Path.Combine("artifacts", "fuzz")).FullName;
        var path = Path.Combine(folder, $"{target}-{Convert.ToHexStringLower(SHA256.HashData(input))[..12]}");
        File.WriteAllBytes(path, input);
        return path;
    }
}
