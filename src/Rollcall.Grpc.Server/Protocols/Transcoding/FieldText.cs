using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Rollcall.Grpc.Dynamic;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Texts of paths and query parameters to values of fields, by the rules that protobuf's JSON has for strings, and some of other gateways.</summary>
internal static class FieldText
{
    private const string WrappersFile = "google/protobuf/wrappers.proto";

    // What is a text in JSON holds no other messages.
    private static readonly Lazy<DynamicJson> s_json = new(static () => new DynamicJson(MessageCatalog.FromFiles([])));

    /// <summary>
    /// True when a field of this type can be written as one text: scalars, enums, wrappers and the well-known types that are strings in JSON.
    /// </summary>
    public static bool IsSupported(FieldDescriptor field) =>
        !field.IsMap && field.FieldType != FieldType.Group && (field.FieldType != FieldType.Message || IsTextMessage(field.MessageType));

    /// <summary>True when a field's type is a wrapper of a scalar, whose accessor takes the scalar.</summary>
    public static bool IsWrapper(FieldDescriptor field) => field.FieldType == FieldType.Message && IsWrapper(field.MessageType);

    /// <summary>
    /// Reads the value in the form that the field's accessor takes, for a repeated field that of one element. On failure
    /// <paramref name="fault"/> says what is expected.
    /// </summary>
    public static bool TryParse(FieldDescriptor field, string text, [NotNullWhen(true)] out object? value, [NotNullWhen(false)] out string? fault)
    {
        if (!IsSupported(field))
        {
            value = null;
            fault = "it is a message or a map, which takes no value here; set its fields";
            return false;
        }

        value = field.FieldType == FieldType.Message ? ParseMessage(field.MessageType, text) : ParseScalar(field, text);
        fault = value is null ? $"expected {Describe(field)}" : null;
        return value is not null;
    }

    // Each type of the wire that JSON writes in the same way has the same wrapper, whose JSON is that of the value.
    private static object? ParseScalar(FieldDescriptor field, string text) => field.FieldType switch
    {
        FieldType.String => text,
        FieldType.Bool => ParseBool(text),
        FieldType.Bytes => ParseBytes(text),
        FieldType.Enum => ParseEnum(field.EnumType, text),
        FieldType.Double => ParseNumber(DoubleValue.Descriptor, text),
        FieldType.Float => ParseNumber(FloatValue.Descriptor, text),
        FieldType.UInt32 or FieldType.Fixed32 => ParseWhole<uint>(UInt32Value.Descriptor, text),
        FieldType.UInt64 or FieldType.Fixed64 => ParseWhole<ulong>(UInt64Value.Descriptor, text),
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => ParseWhole<long>(Int64Value.Descriptor, text),
        _ => ParseWhole<int>(Int32Value.Descriptor, text),
    };

    // Beside JSON's, what .NET writes and what Go takes, as the other gateways do; callers written for those send it.
    private static object? ParseBool(string text) => text switch
    {
        "true" or "True" or "TRUE" or "t" or "T" or "1" => true,
        "false" or "False" or "FALSE" or "f" or "F" or "0" => false,
        _ => null,
    };

    // Most are written as digits alone, and the way by JSON costs fifty times as much.
    private static object? ParseWhole<T>(MessageDescriptor wrapper, string text)
        where T : struct, IBinaryInteger<T> =>
        !text.AsSpan(text.StartsWith('-') ? 1 : 0).ContainsAnyExceptInRange('0', '9')
        && T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : ParseNumber(wrapper, text);

    // JSON has no zeros before a number, and paths do: /items/007.
    private static object? ParseNumber(MessageDescriptor wrapper, string text)
    {
        var start = text.StartsWith('-') ? 1 : 0;
        var end = start;
        while (end + 1 < text.Length && text[end] == '0' && char.IsAsciiDigit(text[end + 1]))
        {
            end++;
        }

        return ParseWrapped(wrapper, text.Remove(start, end - start));
    }

    // JSON passes over blanks in base64. Here one is a '+' that the caller has not escaped.
    private static object? ParseBytes(string text) => text.Any(char.IsWhiteSpace) ? null : ParseWrapped(BytesValue.Descriptor, text);

    // A number needs no name: proto3 enums are open.
    private static object? ParseEnum(EnumDescriptor type, string text) =>
        type.FindValueByName(text) is { } named ? named.Number : ParseWhole<int>(Int32Value.Descriptor, text);

    private static object? ParseWrapped(MessageDescriptor wrapper, string text) =>
        ParseJson(wrapper, text) is { } message ? wrapper.FindFieldByNumber(1).Accessor.GetValue(message) : null;

    private static object? ParseMessage(MessageDescriptor type, string text) =>
        IsWrapper(type) ? ParseScalar(type.FindFieldByNumber(1), text)
        : type == FieldMask.Descriptor ? ParseMask(text)
        : ParseJson(type, text);

    // Callers write these by hand, and other gateways take names as they are declared; JSON has none with an underscore.
    private static FieldMask? ParseMask(string text)
    {
        var mask = new FieldMask();
        foreach (var path in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var names = path.Split('.');
            for (var i = 0; i < names.Length; i++)
            {
                if (ToDeclaredName(names[i]) is not { } name)
                {
                    return null;
                }

                names[i] = name;
            }

            mask.Paths.Add(string.Join('.', names));
        }

        return mask;
    }

    // Null for what JSON can't say: an answer that holds the mask would fail, after the call has done its work.
    private static string? ToDeclaredName(string name)
    {
        var isDeclared = name.Contains('_', StringComparison.Ordinal);
        var result = new StringBuilder(name.Length + 4);
        for (var i = 0; i < name.Length; i++)
        {
            var c = name[i];
            var isUpper = char.IsAsciiLetterUpper(c);
            if (isDeclared && (isUpper || (c == '_' && (i + 1 == name.Length || !char.IsAsciiLetterLower(name[i + 1])))))
            {
                return null;
            }

            if (isUpper)
            {
                result.Append('_');
            }

            result.Append(isUpper ? char.ToLowerInvariant(c) : c);
        }

        return result.ToString();
    }

    private static IMessage? ParseJson(MessageDescriptor type, string text) =>
        s_json.Value.TryEncode(type, JsonSerializer.SerializeToElement(text), out var bytes, out _)
            ? Messages.Parse(type, new ReadOnlySequence<byte>(bytes))
            : null;

    private static bool IsWrapper(MessageDescriptor type) => type.File.Name == WrappersFile;

    private static bool IsTextMessage(MessageDescriptor type) =>
        IsWrapper(type) || type == Timestamp.Descriptor || type == Duration.Descriptor || type == FieldMask.Descriptor;

    private static string Describe(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Enum => $"a value of {field.EnumType.FullName}, by name or number",
        FieldType.Bytes => "base64",
        FieldType.Bool => "true or false",
        FieldType.Message => field.MessageType.FullName switch
        {
            "google.protobuf.Timestamp" => "a time as 2006-01-02T15:04:05Z",
            "google.protobuf.Duration" => "seconds as 1.5s",
            "google.protobuf.FieldMask" => "names of fields as user.displayName,photo or user.display_name,photo",
            _ => Describe(field.MessageType.FindFieldByNumber(1)),
        },
        var scalar => $"a value of type {scalar.ToString().ToLowerInvariant()}",
    };
}
