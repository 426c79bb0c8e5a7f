using System.Buffers.Binary;

namespace Rollcall.Grpc.Dynamic;

/// <summary>Reads the fields of one message, one after the other. Every method returns false at bytes that are no message.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> message)
{
    private const int MaxVarintBytes = 10;

    private readonly ReadOnlySpan<byte> _message = message;
    private int _position;

    public readonly bool IsAtEnd => _position == _message.Length;

    /// <summary>Reads the next field, a group up to its end.</summary>
    public bool TryRead(out WireValue value)
    {
        value = default;
        if (!TryReadTag(out var number, out var type) || !TryReadContent(type, out var bits, out var offset, out var length))
        {
            return false;
        }

        if (type == WireType.StartGroup && !TrySkipGroup(number, out length))
        {
            return false;
        }

        value = new WireValue(number, type, bits, offset, length);
        return true;
    }

    /// <summary>Reads a number of a packed field.</summary>
    public bool TryReadNumber(WireType type, out ulong bits) => TryReadContent(type, out bits, out _, out _);

    private bool TryReadTag(out int number, out WireType type)
    {
        var read = TryReadVarint(out var tag);
        number = (int)(tag >> 3);
        type = (WireType)(tag & 7);
        return read && tag <= uint.MaxValue && number != 0 && type <= WireType.Fixed32;
    }

    private bool TryReadContent(WireType type, out ulong bits, out int offset, out int length)
    {
        (bits, length) = (0, 0);
        switch (type)
        {
            case WireType.Varint:
                offset = _position;
                return TryReadVarint(out bits);
            case WireType.Fixed64:
                offset = _position;
                if (_message.Length - _position < sizeof(ulong))
                {
                    return false;
                }

                bits = BinaryPrimitives.ReadUInt64LittleEndian(_message[_position..]);
                _position += sizeof(ulong);
                return true;
            case WireType.Fixed32:
                offset = _position;
                if (_message.Length - _position < sizeof(uint))
                {
                    return false;
                }

                bits = BinaryPrimitives.ReadUInt32LittleEndian(_message[_position..]);
                _position += sizeof(uint);
                return true;
            case WireType.LengthDelimited:
                var read = TryReadVarint(out var announced);
                offset = _position;
                if (!read || announced > (ulong)(_message.Length - _position))
                {
                    return false;
                }

                length = (int)announced;
                _position += length;
                return true;
            default:
                // The content of a group is found by looking for its end; an end without a start is the caller's to judge.
                offset = _position;
                return type == WireType.StartGroup;
        }
    }

    /// <summary>Goes behind the end of a group whose start was read. Groups within groups are counted, not descended into.</summary>
    private bool TrySkipGroup(int number, out int length)
    {
        var start = _position;
        var open = new Stack<int>();
        open.Push(number);
        while (true)
        {
            length = _position - start;
            if (!TryReadTag(out var next, out var type))
            {
                return false;
            }

            if (type == WireType.EndGroup)
            {
                if (open.Pop() != next)
                {
                    return false;
                }

                if (open.Count == 0)
                {
                    return true;
                }
            }
            else if (!TryReadContent(type, out _, out _, out _))
            {
                return false;
            }
            else if (type == WireType.StartGroup)
            {
                open.Push(next);
                if (open.Count > DynamicJson.MaxDepth)
                {
                    return false;
                }
            }
        }
    }

    private bool TryReadVarint(out ulong value)
    {
        value = 0;
        for (var i = 0; i < MaxVarintBytes; i++)
        {
            if (_position == _message.Length)
            {
                return false;
            }

            var octet = _message[_position++];
            value |= (ulong)(octet & 0x7f) << (7 * i);
            if (octet < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}
