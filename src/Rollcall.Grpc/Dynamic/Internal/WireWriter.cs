using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Rollcall.Grpc.Dynamic;

/// <summary>Writes the fields of a message.</summary>
internal sealed class WireWriter
{
    private byte[] _buffer = new byte[256];
    private int _length;

    /// <summary>How much was written. What was written since can be taken back by setting it to what it was.</summary>
    public int Length
    {
        get => _length;
        set => _length = value;
    }

    public byte[] ToArray() => _buffer.AsSpan(0, _length).ToArray();

    public void WriteTag(int number, WireType type) => WriteVarint(((ulong)(uint)number << 3) | (uint)type);

    /// <summary>A number without a tag, as it lies in a packed field.</summary>
    public void WriteNumber(WireType type, ulong bits)
    {
        switch (type)
        {
            case WireType.Fixed32:
                BinaryPrimitives.WriteUInt32LittleEndian(Reserve(sizeof(uint)), (uint)bits);
                break;
            case WireType.Fixed64:
                BinaryPrimitives.WriteUInt64LittleEndian(Reserve(sizeof(ulong)), bits);
                break;
            default:
                WriteVarint(bits);
                break;
        }
    }

    public void WriteNumberField(int number, WireType type, ulong bits)
    {
        WriteTag(number, type);
        WriteNumber(type, bits);
    }

    public void WriteBytesField(int number, ReadOnlySpan<byte> bytes)
    {
        WriteTag(number, WireType.LengthDelimited);
        WriteVarint((ulong)bytes.Length);
        bytes.CopyTo(Reserve(bytes.Length));
    }

    public void WriteTextField(int number, string text)
    {
        WriteTag(number, WireType.LengthDelimited);
        var length = Encoding.UTF8.GetByteCount(text);
        WriteVarint((ulong)length);
        Encoding.UTF8.GetBytes(text, Reserve(length));
    }

    /// <summary>Starts a field whose length is known at its end. What is returned goes to <see cref="End"/>.</summary>
    public int Begin(int number)
    {
        WriteTag(number, WireType.LengthDelimited);
        return _length;
    }

    /// <summary>Puts the length in front of what was written since <see cref="Begin"/>.</summary>
    public void End(int start)
    {
        var length = _length - start;
        var prefix = VarintLength((ulong)length);
        Reserve(prefix);
        _buffer.AsSpan(start, length).CopyTo(_buffer.AsSpan(start + prefix));
        _length = start;
        WriteVarint((ulong)length);
        _length = start + prefix + length;
    }

    private static int VarintLength(ulong value)
    {
        var length = 1;
        while ((value >>= 7) != 0)
        {
            length++;
        }

        return length;
    }

    private void WriteVarint(ulong value)
    {
        while (value >= 0x80)
        {
            Reserve(1)[0] = (byte)(value | 0x80);
            value >>= 7;
        }

        Reserve(1)[0] = (byte)value;
    }

    private Span<byte> Reserve(int count)
    {
        if (_buffer.Length - _length < count)
        {
            Array.Resize(ref _buffer, checked((int)Math.Max((uint)_length + (uint)count, Math.Min((uint)_buffer.Length * 2, (uint)Array.MaxLength))));
        }

        _length += count;
        return _buffer.AsSpan(_length - count, count);
    }
}
