using System.Globalization;
using System.Text.Json;
using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Dynamic;

/// <summary>Turns a JSON value into the number that lies on the wire.</summary>
internal static class ScalarEncoder
{
    private const int MaxNames = 20;

    /// <param name="type">A type that is a number on the wire, enums excepted.</param>
    /// <param name="json">A number, or a number in a string; a bool for bools.</param>
    /// <param name="fault">Set when false is returned.</param>
    /// <param name="bits">The number as <see cref="WireWriter.WriteNumber"/> takes it.</param>
    public static bool TryEncode(FieldType type, JsonElement json, JsonFault fault, out ulong bits)
    {
        bits = 0;
        if (type == FieldType.Bool)
        {
            bits = json.ValueKind == JsonValueKind.True ? 1UL : 0;
            return json.ValueKind is JsonValueKind.True or JsonValueKind.False || fault.SetExpected("true or false", json);
        }

        if (!TryGetNumberText(json, out var text))
        {
            return fault.SetExpected(Describe(type), json);
        }

        return type is FieldType.Float or FieldType.Double
            ? TryEncodeReal(type, text, out bits) || fault.SetExpected(Describe(type), json)
            : TryEncodeWhole(type, text, out bits) || fault.SetExpected(Describe(type), json);
    }

    /// <summary>The same for the key of a map, which is a string in JSON whatever its type.</summary>
    public static bool TryEncodeKey(FieldType type, string key, JsonFault fault, out ulong bits)
    {
        if (type == FieldType.Bool)
        {
            bits = key == "true" ? 1UL : 0;
            return key is "true" or "false" || fault.Set("expected the key true or false");
        }

        return TryEncodeWhole(type, key, out bits) || fault.Set($"expected a key that is {Describe(type)}");
    }

    /// <summary>The same for an enum: the name of a value, or its number, which need not have a name.</summary>
    public static bool TryEncodeEnum(EnumDescriptor type, JsonElement json, JsonFault fault, out ulong bits)
    {
        bits = 0;
        if (json.ValueKind == JsonValueKind.Null && type.FullName == WellKnownTypes.NullValue)
        {
            return true;
        }

        if (json.ValueKind == JsonValueKind.String)
        {
            if (JsonText.TryGet(json, out var name) && type.FindValueByName(name) is { } value)
            {
                bits = (ulong)(long)value.Number;
                return true;
            }

            var names = string.Join(", ", type.Values.Take(MaxNames).Select(known => known.Name));
            return fault.SetExpected($"a value of {type.FullName} ({names}{(type.Values.Count > MaxNames ? ", …" : "")})", json);
        }

        return (json.ValueKind == JsonValueKind.Number && TryEncodeWhole(FieldType.Int32, json.GetRawText(), out bits))
            || fault.SetExpected($"a name or number of {type.FullName}", json);
    }

    private static bool TryGetNumberText(JsonElement json, out string text)
    {
        text = "";
        if (json.ValueKind == JsonValueKind.Number)
        {
            text = json.GetRawText();
            return true;
        }

        return json.ValueKind == JsonValueKind.String && JsonText.TryGet(json, out text);
    }

    private static bool TryEncodeReal(FieldType type, string text, out ulong bits)
    {
        bits = 0;
        double value;
        switch (text)
        {
            case "NaN":
                value = double.NaN;
                break;
            case "Infinity":
                value = double.PositiveInfinity;
                break;
            case "-Infinity":
                value = double.NegativeInfinity;
                break;
            default:
                if (!NumberText.IsNumber(text)
                    || !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
                    || !double.IsFinite(value)
                    || (type == FieldType.Float && !float.IsFinite((float)value)))
                {
                    return false;
                }

                break;
        }

        bits = type == FieldType.Float ? BitConverter.SingleToUInt32Bits((float)value) : BitConverter.DoubleToUInt64Bits(value);
        return true;
    }

    private static bool TryEncodeWhole(FieldType type, string text, out ulong bits)
    {
        bits = 0;
        if (!NumberText.TryReadWhole(text, out var isNegative, out var magnitude))
        {
            return false;
        }

        if (type is FieldType.UInt32 or FieldType.Fixed32 or FieldType.UInt64 or FieldType.Fixed64)
        {
            bits = magnitude;
            return (!isNegative || magnitude == 0) && (type is FieldType.UInt64 or FieldType.Fixed64 || magnitude <= uint.MaxValue);
        }

        var is64 = type is FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64;
        var max = is64 ? long.MaxValue : (ulong)int.MaxValue;
        if (magnitude > (isNegative ? max + 1 : max))
        {
            return false;
        }

        var value = isNegative ? unchecked(-(long)magnitude) : (long)magnitude;

        // Zigzag puts numbers near zero into few bytes, whatever their sign.
        bits = (ulong)(type is FieldType.SInt32 or FieldType.SInt64 ? (value << 1) ^ (value >> 63) : value);
        return true;
    }

    private static string Describe(FieldType type) => type switch
    {
        FieldType.Float => "a number of 32 bits",
        FieldType.Double => "a number",
        FieldType.UInt32 or FieldType.Fixed32 => "a whole number from 0 to 2^32-1",
        FieldType.UInt64 or FieldType.Fixed64 => "a whole number from 0 to 2^64-1",
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => "a whole number of 64 bits",
        _ => "a whole number of 32 bits",
    };
}
