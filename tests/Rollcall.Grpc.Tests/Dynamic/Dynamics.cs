using System.Buffers;
using System.Text;
using System.Text.Json;
using Google.Protobuf.Reflection;
using Rollcall.Grpc.Dynamic;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Tests.Dynamic;

/// <summary>The codec under test, over what reflection would have sent of the test's own messages.</summary>
internal static class Dynamics
{
    // The one that was asked for first and its imports after it: not in the order in which they can be linked.
    public static MessageCatalog Catalog { get; } = Build(
        EverythingReflection.Descriptor, EchoReflection.Descriptor, LegacyReflection.Descriptor);

    public static MessageDescriptor Everything { get; } = Catalog.FindMessage("rollcall.test.dynamic.Everything")!;

    public static MessageDescriptor Legacy { get; } = Catalog.FindMessage("rollcall.test.dynamic.Legacy")!;

    public static MessageCatalog Build(params FileDescriptor[] files)
    {
        Assert.True(MessageCatalog.TryBuild(files.Select(file => file.SerializedData.Memory), out var catalog, out var fault), fault);
        return catalog;
    }

    public static bool TryEncode(MessageDescriptor type, string json, out byte[]? message, out string? fault)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 1000 });
        return new DynamicJson(Catalog).TryEncode(type, document.RootElement, out message, out fault);
    }

    public static byte[] Encode(MessageDescriptor type, string json)
    {
        Assert.True(TryEncode(type, json, out var message, out var fault), fault);
        return message!;
    }

    public static bool TryDecode(MessageDescriptor type, ReadOnlySpan<byte> message, out string json, out string? fault, bool defaults = false)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        var read = new DynamicJson(Catalog) { WriteDefaults = defaults }.TryDecode(type, message, writer, out fault);
        writer.Flush();
        json = Encoding.UTF8.GetString(buffer.WrittenSpan);
        return read;
    }

    public static string Decode(MessageDescriptor type, ReadOnlySpan<byte> message, bool defaults = false)
    {
        Assert.True(TryDecode(type, message, out var json, out var fault, defaults), fault);
        return json;
    }

    public static void AssertSameJson(string expected, string actual)
    {
        using var left = JsonDocument.Parse(expected);
        using var right = JsonDocument.Parse(actual);
        Assert.True(JsonElement.DeepEquals(left.RootElement, right.RootElement), $"expected {expected}\nactual   {actual}");
    }
}
