using System.Text;

namespace Rollcall.Fuzz;

/// <summary>Makes new inputs of old ones. The same seed makes the same inputs.</summary>
internal sealed class Mutator(Random random, IReadOnlyList<string> tokens)
{
    private const int MaxLength = 4096;

    private static readonly byte[] s_interesting = [0, 1, 2, 0x7f, 0x80, 0xff, (byte)'0', (byte)'9', (byte)'%', (byte)'=', (byte)'"', (byte)'{', (byte)'\\', (byte)' '];

    private readonly byte[][] _tokens = [.. tokens.Select(Encoding.UTF8.GetBytes)];

    /// <summary>One input with one to eight changes, some of them with pieces of another one.</summary>
    public byte[] Mutate(byte[] input, byte[] other)
    {
        var bytes = new List<byte>(input);
        for (var changes = 1 << random.Next(4); changes > 0; changes--)
        {
            Change(bytes, other);
        }

        // A longer seed keeps its end: without it most formats are nothing but cut off.
        return [.. bytes.Take(Math.Max(MaxLength, input.Length))];
    }

    private void Change(List<byte> bytes, byte[] other)
    {
        var at = random.Next(bytes.Count + 1);
        var length = Math.Min(1 << random.Next(8), bytes.Count - at);
        switch (random.Next(9))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = s_interesting[random.Next(s_interesting.Length)];
                break;
            case 2 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 3:
                bytes.Insert(at, s_interesting[random.Next(s_interesting.Length)]);
                break;
            case 4:
                bytes.RemoveRange(at, length);
                break;
            case 5:
                bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, length));
                break;
            case 6 when other.Length > 0:
                var from = random.Next(other.Length);
                bytes.InsertRange(at, other.AsSpan(from, Math.Min(1 << random.Next(8), other.Length - from)));
                break;
            case 7 when _tokens.Length > 0:
                bytes.InsertRange(at, _tokens[random.Next(_tokens.Length)]);
                break;
            default:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
        }
    }
}
