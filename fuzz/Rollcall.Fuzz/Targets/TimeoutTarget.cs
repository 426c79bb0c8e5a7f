using System.Text;

namespace Rollcall.Fuzz.Targets;

/// <summary>Values of grpc-timeout.</summary>
internal sealed class TimeoutTarget : IFuzzTarget
{
    public string Name => "timeout";

    public IReadOnlyList<string> Tokens => ["0", "1", "99999999", "100000000", "H", "M", "S", "m", "u", "n", "-", " "];

    public int Run(byte[] input)
    {
        if (!GrpcTimeout.TryParse(Encoding.Latin1.GetString(input), out var timeout))
        {
            BrokenInvariantException.Unless(timeout == default, "nothing comes of what is malformed");
            return -1;
        }

        BrokenInvariantException.Unless(input.Length is >= 2 and <= 9, "one to eight digits and a unit");
        BrokenInvariantException.Unless(timeout >= TimeSpan.Zero, "no time is negative");
        var text = GrpcTimeout.Format(timeout);
        BrokenInvariantException.Unless(GrpcTimeout.TryParse(text, out var again), "what it writes it reads");

        // Rounded up to the finest unit that fits into eight digits; nothing at all becomes the least there is.
        var slack = Math.Max(1, timeout.Ticks / 1_000_000);
        BrokenInvariantException.Unless(again >= timeout && again.Ticks - timeout.Ticks <= slack, "what it writes is what it read");
        return (input[^1] * 16) + input.Length;
    }
}
