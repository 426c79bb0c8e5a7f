using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Dynamic;

/// <summary>What follows from the type of a field.</summary>
internal static class FieldTypeExtensions
{
    /// <summary>How one value of it lies on the wire.</summary>
    public static WireType ToWireType(this FieldType type) => type switch
    {
        FieldType.Double or FieldType.Fixed64 or FieldType.SFixed64 => WireType.Fixed64,
        FieldType.Float or FieldType.Fixed32 or FieldType.SFixed32 => WireType.Fixed32,
        FieldType.String or FieldType.Bytes or FieldType.Message => WireType.LengthDelimited,
        FieldType.Group => WireType.StartGroup,
        _ => WireType.Varint,
    };

    public static bool IsMessage(this FieldType type) => type is FieldType.Message or FieldType.Group;

    public static bool IsNumber(this FieldType type) => type is not (FieldType.String or FieldType.Bytes or FieldType.Message or FieldType.Group);

    /// <summary>Whether a value that was never set can be told from one that is zero.</summary>
    public static bool TracksPresence(this FieldDescriptor field) =>
        !field.IsRepeated && (field.IsExtension || field.HasPresence || field.File.Syntax != Syntax.Proto3);

    /// <summary>Whether its values lie in one piece. The descriptors say so of texts and messages, too.</summary>
    public static bool LiesPacked(this FieldDescriptor field) => field.IsPacked && field.FieldType.IsNumber();

    /// <summary>Whether JSON's null is a value of the field, and not its absence.</summary>
    public static bool TakesNull(this FieldDescriptor field) =>
        (field.FieldType == FieldType.Message && field.MessageType.FullName == WellKnownTypes.Value)
        || (field.FieldType == FieldType.Enum && field.EnumType.FullName == WellKnownTypes.NullValue);

    /// <summary>The name that JSON has for the field.</summary>
    public static string ToJsonName(this FieldDescriptor field) => field.IsExtension ? $"[{field.FullName}]" : field.JsonName;
}
