using System.Collections.Frozen;
using Google.Protobuf.Reflection;
using WellKnown = Google.Protobuf.WellKnownTypes;

namespace Rollcall.Grpc.Dynamic;

/// <summary>The types that JSON writes in a way of their own.</summary>
internal static class WellKnownTypes
{
    public const string Any = "google.protobuf.Any";
    public const string Empty = "google.protobuf.Empty";
    public const string Timestamp = "google.protobuf.Timestamp";
    public const string Duration = "google.protobuf.Duration";
    public const string FieldMask = "google.protobuf.FieldMask";
    public const string Struct = "google.protobuf.Struct";
    public const string Value = "google.protobuf.Value";
    public const string ListValue = "google.protobuf.ListValue";
    public const string NullValue = "google.protobuf.NullValue";

    private static readonly FrozenDictionary<string, FieldType> s_wrapped = new Dictionary<string, FieldType>(StringComparer.Ordinal)
    {
        ["google.protobuf.DoubleValue"] = FieldType.Double,
        ["google.protobuf.FloatValue"] = FieldType.Float,
        ["google.protobuf.Int64Value"] = FieldType.Int64,
        ["google.protobuf.UInt64Value"] = FieldType.UInt64,
        ["google.protobuf.Int32Value"] = FieldType.Int32,
        ["google.protobuf.UInt32Value"] = FieldType.UInt32,
        ["google.protobuf.BoolValue"] = FieldType.Bool,
        ["google.protobuf.StringValue"] = FieldType.String,
        ["google.protobuf.BytesValue"] = FieldType.Bytes,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static MessageDescriptor StructDescriptor => WellKnown.Struct.Descriptor;

    public static MessageDescriptor ValueDescriptor => WellKnown.Value.Descriptor;

    public static MessageDescriptor ListValueDescriptor => WellKnown.ListValue.Descriptor;

    /// <summary>The files that every program with protobuf has, in an order in which each one's imports come first.</summary>
    public static IReadOnlyList<FileDescriptor> Files { get; } =
    [
        DescriptorReflection.Descriptor,
        WellKnown.AnyReflection.Descriptor,
        WellKnown.DurationReflection.Descriptor,
        WellKnown.EmptyReflection.Descriptor,
        WellKnown.FieldMaskReflection.Descriptor,
        WellKnown.SourceContextReflection.Descriptor,
        WellKnown.StructReflection.Descriptor,
        WellKnown.TimestampReflection.Descriptor,
        WellKnown.TypeReflection.Descriptor,
        WellKnown.ApiReflection.Descriptor,
        WellKnown.WrappersReflection.Descriptor,
    ];

    /// <summary>The type of the one value that a wrapper has.</summary>
    public static bool IsWrapper(string fullName, out FieldType wrapped) => s_wrapped.TryGetValue(fullName, out wrapped);

    /// <summary>Whether a message within an Any stands under <c>value</c>, because its own JSON is no object, or might have members of any name.</summary>
    public static bool IsSpecialInAny(string fullName) =>
        fullName is Any or Empty or Timestamp or Duration or FieldMask or Struct or Value or ListValue || s_wrapped.ContainsKey(fullName);
}
