using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Rollcall.Grpc.Tests.Protos;
using Enum = System.Enum;
using Type = System.Type;

namespace Rollcall.Grpc.Tests.Dynamic;

/// <summary>Makes messages of generated types with some of their fields set, among them the values at the limits of each type.</summary>
internal sealed class RandomMessages(Random random)
{
    private const int MaxDepth = 2;
    private static readonly long[] s_whole = [0, 1, -1, 127, 128, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue];

    // Not negative zero: generated code drops it.
    private static readonly double[] s_real =
        [0, 1, -1.5, 0.1, 1e20, -1e-20, float.MaxValue, double.MaxValue, double.Epsilon, double.NaN, double.PositiveInfinity, double.NegativeInfinity];

    private static readonly string[] s_text = ["", "a", "{\"b\":1}", "naïve ☺ 😀", "line\nbreak \u0001 \u2028", "<&'>/\\"];

    public IMessage Create(MessageDescriptor type, int depth = 0)
    {
        if (CreateWellKnown(type, depth) is { } wellKnown)
        {
            return wellKnown;
        }

        var message = (IMessage)Activator.CreateInstance(type.ClrType)!;
        foreach (var field in type.Fields.InFieldNumberOrder())
        {
            if (field.IsRequired || random.Next(4) == 0)
            {
                Set(message, field, depth);
            }
        }

        return message;
    }

    private void Set(IMessage message, FieldDescriptor field, int depth)
    {
        if (depth >= MaxDepth && Innermost(field).FieldType is FieldType.Message or FieldType.Group && !field.IsRequired)
        {
            return;
        }

        if (field.IsMap)
        {
            var (key, value) = (field.MessageType.FindFieldByNumber(1), field.MessageType.FindFieldByNumber(2));
            var map = (IDictionary)field.Accessor.GetValue(message);
            for (var i = random.Next(4); i >= 0; i--)
            {
                map[CreateValue(key, depth)] = CreateValue(value, depth);
            }
        }
        else if (field.IsRepeated)
        {
            var list = (IList)field.Accessor.GetValue(message);
            for (var i = random.Next(4); i >= 0; i--)
            {
                list.Add(CreateValue(field, depth));
            }
        }
        else
        {
            field.Accessor.SetValue(message, CreateValue(field, depth));
        }
    }

    private static FieldDescriptor Innermost(FieldDescriptor field) => field.IsMap ? field.MessageType.FindFieldByNumber(2) : field;

    private object CreateValue(FieldDescriptor field, int depth) => field.FieldType switch
    {
        FieldType.Message or FieldType.Group => Unwrap(Create(field.MessageType, depth + 1)),
        FieldType.Enum => Enum.ToObject(EnumType(field), PickEnum(field.EnumType)),
        FieldType.String => Pick(s_text),
        FieldType.Bytes => Bytes(),
        FieldType.Bool => random.Next(2) == 0,
        FieldType.Float => (float)Pick(s_real),
        FieldType.Double => Pick(s_real),
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => unchecked((int)Whole()),
        FieldType.UInt32 or FieldType.Fixed32 => unchecked((uint)Whole()),
        FieldType.UInt64 or FieldType.Fixed64 => unchecked((ulong)Whole()),
        _ => Whole(),
    };

    // Generated properties of wrapper types hold what is wrapped.
    private static object Unwrap(IMessage message) => message switch
    {
        DoubleValue wrapper => wrapper.Value,
        FloatValue wrapper => wrapper.Value,
        Int64Value wrapper => wrapper.Value,
        UInt64Value wrapper => wrapper.Value,
        Int32Value wrapper => wrapper.Value,
        UInt32Value wrapper => wrapper.Value,
        BoolValue wrapper => wrapper.Value,
        StringValue wrapper => wrapper.Value,
        BytesValue wrapper => wrapper.Value,
        _ => message,
    };

    private IMessage? CreateWellKnown(MessageDescriptor type, int depth) => type.FullName switch
    {
        "google.protobuf.Timestamp" => new Timestamp { Seconds = random.NextInt64(-62_135_596_800, 253_402_300_800), Nanos = Nanos() },
        "google.protobuf.Duration" => CreateDuration(),
        "google.protobuf.FieldMask" => new FieldMask { Paths = { Enumerable.Range(0, random.Next(3)).Select(i => $"display_name.part{i}") } },
        "google.protobuf.Any" => Any.Pack(Create(random.Next(3) switch { 0 => Timestamp.Descriptor, 1 => Empty.Descriptor, _ => EchoRequest.Descriptor }, depth)),
        "google.protobuf.Struct" => CreateStruct(depth),
        "google.protobuf.ListValue" => new ListValue { Values = { Enumerable.Range(0, random.Next(3)).Select(_ => CreateJson(depth + 1)) } },
        "google.protobuf.Value" => CreateJson(depth),
        _ => null,
    };

    private Duration CreateDuration()
    {
        var sign = random.Next(2) == 0 ? 1 : -1;
        return new Duration { Seconds = sign * random.NextInt64(0, 315_576_000_001), Nanos = sign * Nanos() };
    }

    private Struct CreateStruct(int depth)
    {
        var result = new Struct();
        for (var i = random.Next(3); i > 0; i--)
        {
            // Google.Protobuf's formatter refuses an empty key.
            result.Fields[Pick(s_text[1..])] = CreateJson(depth + 1);
        }

        return result;
    }

    private Value CreateJson(int depth) => random.Next(depth > MaxDepth + 2 ? 4 : 6) switch
    {
        0 => Value.ForNull(),
        1 => Value.ForNumber(Pick(s_real[..9])),
        2 => Value.ForString(Pick(s_text)),
        3 => Value.ForBool(random.Next(2) == 0),
        4 => Value.ForStruct(CreateStruct(depth)),
        _ => new Value { ListValue = (ListValue)CreateWellKnown(ListValue.Descriptor, depth)! },
    };

    private static Type EnumType(FieldDescriptor field) => field.EnumType.ClrType;

    private int PickEnum(EnumDescriptor type) =>
        type.FullName != "google.protobuf.NullValue" && type.File.Syntax == Google.Protobuf.Reflection.Syntax.Proto3 && random.Next(5) == 0
            ? random.Next(1000)
            : type.Values[random.Next(type.Values.Count)].Number;

    private int Nanos() => random.Next(1000) * random.Next(3) switch { 0 => 1, 1 => 1000, _ => 1_000_000 };

    private long Whole() => random.Next(2) == 0 ? Pick(s_whole) : random.NextInt64() >> random.Next(63);

    private ByteString Bytes()
    {
        var bytes = new byte[random.Next(5)];
        random.NextBytes(bytes);
        return ByteString.CopyFrom(bytes);
    }

    private T Pick<T>(T[] values) => values[random.Next(values.Length)];
}
