using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Rollcall.Grpc.Dynamic;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Fuzz.Targets;

/// <summary>The dynamic codec on everything.proto, and what holds for each message that it reads.</summary>
internal sealed class DynamicCodec
{
    private readonly MessageDescriptor _type;
    private readonly DynamicJson _json;

    public DynamicCodec()
    {
        var built = MessageCatalog.TryBuild([EverythingReflection.Descriptor.SerializedData.Memory], out var catalog, out var fault);
        BrokenInvariantException.Unless(built, fault ?? "");
        _type = catalog!.FindMessage(Everything.Descriptor.FullName)!;
        _json = new DynamicJson(catalog);
    }

    public bool TryEncode(JsonElement json, [NotNullWhen(true)] out byte[]? message, out string? fault) =>
        _json.TryEncode(_type, json, out message, out fault);

    public bool TryDecode(ReadOnlySpan<byte> message, [NotNullWhen(true)] out byte[]? json, out string? fault)
    {
        var output = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(output);
        if (!_json.TryDecode(_type, message, writer, out fault))
        {
            json = null;
            return false;
        }

        writer.Flush();
        json = output.WrittenSpan.ToArray();
        return true;
    }

    /// <summary>Bytes that it wrote are the message that generated code reads, and come back.</summary>
    public void CheckWritten(byte[] message)
    {
        try
        {
            _ = Everything.Parser.ParseFrom(message);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new BrokenInvariantException($"what it writes is a message: {exception.Message}");
        }

        BrokenInvariantException.Unless(TryDecode(message, out var json, out var fault), $"what it writes it reads: {fault}");
        CheckWrittenJson(json);
    }

    /// <summary>JSON that it wrote is JSON, and the same after another turn.</summary>
    public void CheckWrittenJson(byte[] json)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 1000 });
        BrokenInvariantException.Unless(TryEncode(document.RootElement, out var message, out var fault), $"JSON that it writes it reads: {fault}");
        BrokenInvariantException.Unless(TryDecode(message, out var again, out fault), $"what it wrote of that it reads: {fault}");
        if (!again.AsSpan().SequenceEqual(json))
        {
            throw new BrokenInvariantException(
                $"JSON that it wrote comes back: {Encoding.UTF8.GetString(json)} became {Encoding.UTF8.GetString(again)}");
        }
    }
}
