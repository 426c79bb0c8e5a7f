using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Rollcall.Agent.Store.Durability;

namespace Rollcall.Agent.Durability;

/// <summary>
/// Rows that are written together, as one value: of each row its table, the lengths of its name and of its JSON (four bytes each, the least significant first;
/// no JSON: there is no such row any more), and both. Used again for each batch; not for two threads.
/// </summary>
internal sealed class RowBatch
{
    private const int HeaderBytes = 12;

    // A larger buffer is not kept for the next batch.
    private const int KeptBytes = 1 << 20;

    private ArrayBufferWriter<byte> _buffer = new(1 << 14);

    /// <summary>Until the next <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.WrittenSpan;

    /// <summary>CRC-32C of the bytes and the index that they are written with.</summary>
    public static long Checksum(ulong index, ReadOnlySpan<byte> bytes)
    {
        Span<byte> name = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(name, index);
        return RowCodec.Checksum(name, bytes);
    }

    /// <exception cref="JsonException">The bytes are no batch.</exception>
    public static IEnumerable<StoreRow> Read(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var (row, length) = ReadFirst(bytes.Span);
            yield return row;
            bytes = bytes[length..];
        }
    }

    public void Clear()
    {
        if (_buffer.Capacity > KeptBytes)
        {
            _buffer = new ArrayBufferWriter<byte>(KeptBytes);
        }

        _buffer.ResetWrittenCount();
    }

    public void Add(StoreTable table, EncodedRow row)
    {
        var header = _buffer.GetSpan(HeaderBytes);
        BinaryPrimitives.WriteInt32LittleEndian(header, (int)table);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], row.Name.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], row.Json.Length);
        _buffer.Advance(HeaderBytes);
        _buffer.Write(row.Name);
        _buffer.Write(row.Json);
    }

    private static (StoreRow Row, int Length) ReadFirst(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderBytes)
        {
            throw new JsonException("A batch ends early.");
        }

        var table = (StoreTable)BinaryPrimitives.ReadInt32LittleEndian(bytes);
        var (name, json) = (BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]), BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]));
        bytes = bytes[HeaderBytes..];
        if (name < 0 || json < 0 || (long)name + json > bytes.Length)
        {
            throw new JsonException("A batch ends early.");
        }

        var key = new RowKey(table, Encoding.UTF8.GetString(bytes[..name]));
        return (new StoreRow(key, json == 0 ? null : RowCodec.Decode(table, bytes.Slice(name, json))), HeaderBytes + name + json);
    }
}
