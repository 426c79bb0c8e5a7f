using System.Text;

namespace Rollcall.Agent.Dns;

/// <summary>Some labels of a name, one behind the other.</summary>
internal readonly ref struct DnsNameParts(ReadOnlySpan<byte> wire, ReadOnlySpan<byte> starts)
{
    private readonly ReadOnlySpan<byte> _wire = wire;
    private readonly ReadOnlySpan<byte> _starts = starts;

    public int Count => _starts.Length;

    public ReadOnlySpan<byte> this[int index] => _wire.Slice(_starts[index] + 1, _wire[_starts[index]]);

    public DnsNameParts Slice(int start, int length) => new(_wire, _starts.Slice(start, length));

    /// <summary>The labels with dots between them: names of nodes and tags may have dots.</summary>
    public string Join()
    {
        if (Count == 0)
        {
            return "";
        }

        Span<byte> text = stackalloc byte[Rollcall.Dns.DnsName.MaxLength];
        var length = 0;
        for (var index = 0; index < Count; index++)
        {
            if (index > 0)
            {
                text[length++] = (byte)'.';
            }

            this[index].CopyTo(text[length..]);
            length += this[index].Length;
        }

        return Encoding.UTF8.GetString(text[..length]);
    }
}
