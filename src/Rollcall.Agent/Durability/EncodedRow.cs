using System.Buffers;
using System.Text;
using System.Text.Json;
using Rollcall.Agent.Store.Durability;

namespace Rollcall.Agent.Durability;

/// <summary>One row after the other as bytes, in the same buffer. Not for two threads.</summary>
internal sealed class EncodedRow : IDisposable
{
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly Utf8JsonWriter _json;
    private int _nameLength;

    public EncodedRow() => _json = new Utf8JsonWriter(_buffer);

    /// <summary>Until the next <see cref="Set"/>.</summary>
    public ReadOnlySpan<byte> Name => _buffer.WrittenSpan[.._nameLength];

    /// <summary>Until the next <see cref="Set"/>; empty: there is no such row any more.</summary>
    public ReadOnlySpan<byte> Json => _buffer.WrittenSpan[_nameLength..];

    public void Set(RowKey key, object? value)
    {
        _buffer.ResetWrittenCount();
        _nameLength = (int)Encoding.UTF8.GetBytes(key.Name, _buffer);
        if (value is not null)
        {
            _json.Reset();
            RowCodec.Encode(_json, key.Table, value);
        }
    }

    public void Dispose() => _json.Dispose();
}
