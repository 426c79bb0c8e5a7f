using System.Buffers.Binary;

namespace Rollcall.Dns;

public ref partial struct DnsMessageWriter
{
    /// <summary>A point to return to.</summary>
    /// <seealso cref="Undo"/>
    public readonly DnsWriterMark Mark() => new(_at, _saved, _names.Count, _questions, _answers, _authorities, _additionals);

    /// <summary>Takes back what was written since the mark.</summary>
    /// <returns>Always false, for the use as a result.</returns>
    public bool Undo(DnsWriterMark mark)
    {
        _at = mark.Length;
        _saved = mark.Saved;
        _names.Count = mark.Names;
        (_questions, _answers, _authorities, _additionals) = (mark.Questions, mark.Answers, mark.Authorities, mark.Additionals);
        return false;
    }

    private bool TryBegin(DnsSection section, scoped DnsOwner owner, DnsType type, DnsClass @class, uint ttl, out int data)
    {
        data = 0;
        TargetOffset = 0;
        if (Count(section) == ushort.MaxValue || !TryOwner(owner) || Limit - _at < 10)
        {
            return false;
        }

        BinaryPrimitives.WriteUInt16BigEndian(_buffer[_at..], (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[(_at + 2)..], (ushort)@class);
        BinaryPrimitives.WriteUInt32BigEndian(_buffer[(_at + 4)..], ttl);
        _at += 10;
        data = _at;
        return true;
    }

    private bool End(DnsSection section, int data)
    {
        // More than the length field can say: only raw data of more than 64 KiB are.
        if (_at - data > ushort.MaxValue)
        {
            throw new InvalidOperationException($"A record's data may have {ushort.MaxValue} bytes, and these have {_at - data}.");
        }

        BinaryPrimitives.WriteUInt16BigEndian(_buffer[(data - 2)..], (ushort)(_at - data));
        Count(section)++;
        return true;
    }

    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    private ref int Count(DnsSection section)
    {
        switch (section)
        {
            case DnsSection.Answer:
                return ref _answers;
            case DnsSection.Authority:
                return ref _authorities;
            default:
                return ref _additionals;
        }
    }

    private bool TryOwner(scoped DnsOwner owner)
    {
        if (owner.Offset is > 0 and <= DnsNameTable.MaxOffset)
        {
            _saved += owner.Name.Wire.Length - 2;
            OwnerOffset = owner.Offset;
            return TryUInt16((ushort)(DnsNameTable.Pointer | owner.Offset));
        }

        var start = _at;
        if (!TryName(owner.Name, compress: true))
        {
            return false;
        }

        // To the name itself where it is only pointed to. A fragment does not know where it will stand.
        var isPointer = _buffer[start] >= DnsNameTable.Pointer >> 8;
        OwnerOffset = _origin == 0 ? 0 : isPointer ? BinaryPrimitives.ReadUInt16BigEndian(_buffer[start..]) & DnsNameTable.MaxOffset : start;
        return true;
    }

    private bool TryName(scoped DnsName name, bool compress)
    {
        var rest = name;
        var (start, labels) = (_at, 0);
        for (; !rest.IsRoot; rest = rest.Parent, labels++)
        {
            if (_origin != 0 && compress && _names.Find(_buffer, rest) is var found and > 0)
            {
                _saved += rest.Wire.Length - 2;
                Remember(name, start, labels);
                return TryUInt16((ushort)(DnsNameTable.Pointer | found));
            }

            var size = 1 + rest.Label.Length;
            if (Limit - _at < size)
            {
                return false;
            }

            rest.Wire[..size].CopyTo(_buffer[_at..]);
            _at += size;
        }

        Remember(name, start, labels);
        return TryBytes([0]);
    }

    // Not while the name is written: a name that is only half there is not to be found.
    private void Remember(scoped DnsName name, int start, int labels)
    {
        // A fragment does not know where it will stand.
        if (_origin == 0)
        {
            return;
        }

        for (var rest = name; labels > 0; rest = rest.Parent, labels--)
        {
            _names.Add(start);
            start += 1 + rest.Label.Length;
        }
    }

    private bool TryUInt16(ushort value)
    {
        if (Limit - _at < 2)
        {
            return false;
        }

        BinaryPrimitives.WriteUInt16BigEndian(_buffer[_at..], value);
        _at += 2;
        return true;
    }

    private bool TryUInt32(uint value)
    {
        if (Limit - _at < 4)
        {
            return false;
        }

        BinaryPrimitives.WriteUInt32BigEndian(_buffer[_at..], value);
        _at += 4;
        return true;
    }

    private bool TryBytes(scoped ReadOnlySpan<byte> bytes)
    {
        if (Limit - _at < bytes.Length)
        {
            return false;
        }

        bytes.CopyTo(_buffer[_at..]);
        _at += bytes.Length;
        return true;
    }
}
