using System.Buffers.Binary;
using System.Text;

namespace Rollcall.Agent.Snapshots;

/// <summary>
/// Reads MessagePack values into null, <see cref="bool"/>, <see cref="long"/>, <see cref="ulong"/>, <see cref="double"/>, bytes, <see cref="List{T}"/> and
/// <see cref="MsgPackMap"/>. Texts are bytes until they are asked for. No input makes it throw.
/// </summary>
internal ref struct MsgPackReader(ReadOnlySpan<byte> data)
{
    // Deeper than anything that Consul stores.
    private const int MaxDepth = 64;

    // In one value, many times what a record of Consul has: an item of a byte becomes one of thirty.
    private const int MaxItems = 4 * 1024 * 1024;

    // A count says nothing before its items are there.
    private const int MaxCapacity = 1024;

    private readonly ReadOnlySpan<byte> _data = data;
    private int _at;
    private int _items;

    public readonly bool AtEnd => _at >= _data.Length;

    /// <summary>One byte that is no part of a value. False at the end.</summary>
    public bool TryReadByte(out byte value)
    {
        if (AtEnd)
        {
            value = 0;
            return false;
        }

        value = _data[_at++];
        return true;
    }

    /// <summary>False: the data is cut off, no MessagePack, or no value that Consul stores.</summary>
    public bool TryRead(out object? value)
    {
        _items = 0;
        return TryRead(0, out value);
    }

    private bool TryRead(int depth, out object? value)
    {
        value = null;
        if (depth > MaxDepth || ++_items > MaxItems || !TryReadByte(out var type))
        {
            return false;
        }

        switch (type)
        {
            case < 0x80:
                value = (ulong)type;
                return true;
            case < 0x90:
                return TryReadMap(type & 15, depth, out value);
            case < 0xA0:
                return TryReadList(type & 15, depth, out value);
            case < 0xC0:
                return TryReadBytes(type & 31, out value);
            case 0xC0:
                return true;
            case 0xC2 or 0xC3:
                value = type == 0xC3;
                return true;
            case 0xC4 or 0xD9:
                return TryReadNumber(1, out var length) && TryReadBytes(length, out value);
            case 0xC5 or 0xDA:
                return TryReadNumber(2, out length) && TryReadBytes(length, out value);
            case 0xC6 or 0xDB:
                return TryReadNumber(4, out length) && TryReadBytes(length, out value);
            case 0xCA:
                var single = TryReadNumber(4, out var bits);
                value = (double)BitConverter.UInt32BitsToSingle((uint)bits);
                return single;
            case 0xCB:
                var real = TryReadNumber(8, out bits);
                value = BitConverter.UInt64BitsToDouble(bits);
                return real;
            case >= 0xCC and <= 0xCF:
                var unsigned = TryReadNumber(1 << (type - 0xCC), out bits);
                value = bits;
                return unsigned;
            case >= 0xD0 and <= 0xD3:
                var size = 1 << (type - 0xD0);
                var signed = TryReadNumber(size, out bits);
                value = (long)(bits << (64 - (8 * size))) >> (64 - (8 * size));
                return signed;
            case 0xDC:
                return TryReadNumber(2, out length) && TryReadList(length, depth, out value);
            case 0xDD:
                return TryReadNumber(4, out length) && TryReadList(length, depth, out value);
            case 0xDE:
                return TryReadNumber(2, out length) && TryReadMap(length, depth, out value);
            case 0xDF:
                return TryReadNumber(4, out length) && TryReadMap(length, depth, out value);
            case >= 0xE0:
                value = (long)(sbyte)type;
                return true;
            case >= 0xD4 and <= 0xD8:
                return TryReadBytes(1 + (1 << (type - 0xD4)), out value);
            case >= 0xC7 and <= 0xC9:
                return TryReadNumber(1 << (type - 0xC7), out length) && TryReadBytes(length + 1, out value);
            default:
                return false;
        }
    }

    private bool TryReadNumber(int bytes, out ulong value)
    {
        value = 0;
        if (_data.Length - _at < bytes)
        {
            return false;
        }

        Span<byte> whole = stackalloc byte[8];
        whole.Clear();
        _data.Slice(_at, bytes).CopyTo(whole[(8 - bytes)..]);
        value = BinaryPrimitives.ReadUInt64BigEndian(whole);
        _at += bytes;
        return true;
    }

    private bool TryReadBytes(ulong length, out object? value)
    {
        value = null;
        return length <= int.MaxValue && TryReadBytes((int)length, out value);
    }

    private bool TryReadBytes(int length, out object? value)
    {
        value = null;
        if (_data.Length - _at < length)
        {
            return false;
        }

        value = _data.Slice(_at, length).ToArray();
        _at += length;
        return true;
    }

    private bool TryReadList(ulong count, int depth, out object? value)
    {
        // Every item has at least a byte: a count without them is a lie that must not cost memory.
        value = null;
        if (count > (ulong)(_data.Length - _at))
        {
            return false;
        }

        var list = new List<object?>((int)Math.Min(count, MaxCapacity));
        for (var i = 0UL; i < count; i++)
        {
            if (!TryRead(depth + 1, out var item))
            {
                return false;
            }

            list.Add(item);
        }

        value = list;
        return true;
    }

    private bool TryReadList(int count, int depth, out object? value) => TryReadList((ulong)count, depth, out value);

    private bool TryReadMap(int count, int depth, out object? value) => TryReadMap((ulong)count, depth, out value);

    private bool TryReadMap(ulong count, int depth, out object? value)
    {
        value = null;
        if (count > (ulong)(_data.Length - _at) / 2)
        {
            return false;
        }

        var map = new Dictionary<string, object?>((int)Math.Min(count, MaxCapacity), StringComparer.Ordinal);
        for (var i = 0UL; i < count; i++)
        {
            if (!TryRead(depth + 1, out var key) || key is not byte[] name || !TryRead(depth + 1, out var item))
            {
                return false;
            }

            map[Encoding.UTF8.GetString(name)] = item;
        }

        value = new MsgPackMap(map);
        return true;
    }
}
