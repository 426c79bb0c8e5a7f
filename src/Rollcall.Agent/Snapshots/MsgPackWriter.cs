using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Rollcall.Agent.Snapshots;

/// <summary>Writes MessagePack in its first form, without a type of its own for bytes, as Consul's servers do.</summary>
internal sealed class MsgPackWriter(IBufferWriter<byte> output)
{
    public void Byte(byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }

    public void Null() => Byte(0xC0);

    public void Bool(bool value) => Byte(value ? (byte)0xC3 : (byte)0xC2);

    public void Number(ulong value)
    {
        switch (value)
        {
            case < 0x80:
                Byte((byte)value);
                break;
            case <= byte.MaxValue:
                Byte(0xCC);
                Byte((byte)value);
                break;
            case <= ushort.MaxValue:
                Byte(0xCD);
                Short((ushort)value);
                break;
            case <= uint.MaxValue:
                Byte(0xCE);
                Word((uint)value);
                break;
            default:
                Byte(0xCF);
                Long(value);
                break;
        }
    }

    public void Number(long value)
    {
        if (value >= 0)
        {
            Number((ulong)value);
        }
        else
        {
            Byte(0xD3);
            Long((ulong)value);
        }
    }

    public void Float(double value)
    {
        Byte(0xCB);
        Long(BitConverter.DoubleToUInt64Bits(value));
    }

    public void Raw(ReadOnlySpan<byte> bytes)
    {
        Head(bytes.Length, 0xA0, 32, 0xDA);
        output.Write(bytes);
    }

    public void Text(string text) => Raw(Encoding.UTF8.GetBytes(text));

    public void MapHead(int count) => Head(count, 0x80, 16, 0xDE);

    public void ListHead(int count) => Head(count, 0x90, 16, 0xDC);

    public void Texts(IReadOnlyList<string>? texts)
    {
        if (texts is null)
        {
            Null();
            return;
        }

        ListHead(texts.Count);
        foreach (var text in texts)
        {
            Text(text);
        }
    }

    public void TextMap(IReadOnlyDictionary<string, string>? map)
    {
        if (map is null)
        {
            Null();
            return;
        }

        MapHead(map.Count);
        foreach (var (key, value) in map)
        {
            Text(key);
            Text(value);
        }
    }

    // Small counts are in the first byte; larger ones follow it in two or four.
    private void Head(int count, byte small, int limit, byte large)
    {
        if (count < limit)
        {
            Byte((byte)(small | count));
        }
        else if (count <= ushort.MaxValue)
        {
            Byte(large);
            Short((ushort)count);
        }
        else
        {
            Byte((byte)(large + 1));
            Word((uint)count);
        }
    }

    private void Short(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(output.GetSpan(2), value);
        output.Advance(2);
    }

    private void Word(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(output.GetSpan(4), value);
        output.Advance(4);
    }

    private void Long(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(output.GetSpan(8), value);
        output.Advance(8);
    }
}
