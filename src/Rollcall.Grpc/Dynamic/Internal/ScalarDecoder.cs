using System.Globalization;
using System.Text.Json;
using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Dynamic;

/// <summary>Turns the number that lies on the wire into a JSON value. Every number is one.</summary>
internal static class ScalarDecoder
{
    public static void Write(Utf8JsonWriter output, FieldType type, EnumDescriptor? enumeration, ulong bits)
    {
        switch (type)
        {
            case FieldType.Bool:
                output.WriteBooleanValue(bits != 0);
                break;
            case FieldType.Enum:
                WriteEnum(output, enumeration!, (int)bits);
                break;
            case FieldType.Float:
                WriteReal(output, BitConverter.UInt32BitsToSingle((uint)bits));
                break;
            case FieldType.Double:
                WriteReal(output, BitConverter.UInt64BitsToDouble(bits));
                break;
            case FieldType.UInt32 or FieldType.Fixed32:
                output.WriteNumberValue((uint)bits);
                break;
            case FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32:
                output.WriteNumberValue((int)ToSigned(type, bits));
                break;
            default:
                // JSON's numbers are doubles to many readers: what has 64 bits is a string.
                output.WriteStringValue(FormatKey(type, bits));
                break;
        }
    }

    /// <summary>The number as the key of a map.</summary>
    public static string FormatKey(FieldType type, ulong bits) => type switch
    {
        FieldType.Bool => bits != 0 ? "true" : "false",
        FieldType.UInt32 or FieldType.Fixed32 => ((uint)bits).ToString(CultureInfo.InvariantCulture),
        FieldType.UInt64 or FieldType.Fixed64 => bits.ToString(CultureInfo.InvariantCulture),
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => ((int)ToSigned(type, bits)).ToString(CultureInfo.InvariantCulture),
        _ => ToSigned(type, bits).ToString(CultureInfo.InvariantCulture),
    };

    public static void WriteReal(Utf8JsonWriter output, double value)
    {
        if (double.IsFinite(value))
        {
            output.WriteNumberValue(value);
        }
        else
        {
            WriteSpecial(output, value);
        }
    }

    private static void WriteReal(Utf8JsonWriter output, float value)
    {
        if (float.IsFinite(value))
        {
            output.WriteNumberValue(value);
        }
        else
        {
            WriteSpecial(output, value);
        }
    }

    private static void WriteSpecial(Utf8JsonWriter output, double value) =>
        output.WriteStringValue(double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");

    private static void WriteEnum(Utf8JsonWriter output, EnumDescriptor type, int number)
    {
        if (type.FullName == WellKnownTypes.NullValue)
        {
            output.WriteNullValue();
        }
        else if (type.FindValueByNumber(number) is { } value)
        {
            output.WriteStringValue(value.Name);
        }
        else
        {
            output.WriteNumberValue(number);
        }
    }

    private static long ToSigned(FieldType type, ulong bits) => type switch
    {
        FieldType.SInt32 => (int)((uint)bits >> 1) ^ -(int)(bits & 1),
        FieldType.SInt64 => (long)(bits >> 1) ^ -(long)(bits & 1),
        _ => (long)bits,
    };
}
