using System.Runtime.CompilerServices;

namespace Rollcall.Dns;

/// <summary>Where names stand in a message that is being written, so that later ones can point to them (RFC 1035 4.1.4).</summary>
internal struct DnsNameTable
{
    /// <summary>The furthest that a pointer can reach.</summary>
    public const int MaxOffset = 0x3FFF;

    /// <summary>The two bits that make a pointer.</summary>
    public const int Pointer = 0xC000;

    // Enough for what shares names; beyond it they are written out, which is right too, and the search stays short.
    private const int Capacity = 24;

    private Offsets _offsets;

    public int Count { get; set; }

    public void Add(int offset)
    {
        if (Count < Capacity && offset <= MaxOffset)
        {
            _offsets[Count++] = (ushort)offset;
        }
    }

    /// <returns>Where the name stands; 0: nowhere.</returns>
    public readonly int Find(ReadOnlySpan<byte> message, DnsName name)
    {
        for (var index = 0; index < Count; index++)
        {
            if (StandsAt(message, _offsets[index], name))
            {
                return _offsets[index];
            }
        }

        return 0;
    }

    // Case counts: what is written must come out as it went in.
    private static bool StandsAt(ReadOnlySpan<byte> message, int offset, DnsName name)
    {
        for (var rest = name; ; rest = rest.Parent)
        {
            while (message[offset] >= 0xC0)
            {
                offset = ((message[offset] & 0x3F) << 8) | message[offset + 1];
            }

            if (rest.IsRoot)
            {
                return message[offset] == 0;
            }

            var label = rest.Label;
            if (message[offset] != label.Length || !message.Slice(offset + 1, label.Length).SequenceEqual(label))
            {
                return false;
            }

            offset += 1 + label.Length;
        }
    }

    [InlineArray(Capacity)]
    private struct Offsets
    {
        private ushort _first;
    }
}
