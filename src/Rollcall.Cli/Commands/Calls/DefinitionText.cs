using System.Globalization;
using System.Text;
using Google.Protobuf.Reflection;
using Rollcall.Cli.Output;
using static Google.Protobuf.Reflection.FieldDescriptorProto.Types;

namespace Rollcall.Cli.Commands.Calls;

/// <summary>Definitions in the syntax of .proto files. Comments and custom options are not among what servers tell.</summary>
internal sealed class DefinitionText
{
    // The greatest number that a field can have.
    private const int FieldLimit = 536_870_911;

    private readonly StringBuilder _text = new();
    private int _depth;

    private DefinitionText()
    {
    }

    public static string Of(ServiceDescriptor service) => Write(service, text =>
    {
        text.Open($"service {service.Name}");
        foreach (var method in service.Methods)
        {
            text.Line(Rpc(method));
        }

        text.Close();
    });

    public static string Of(MethodDescriptor method) => Write(method, text => text.Line(Rpc(method)));

    public static string Of(MessageDescriptor message) => Write(message, text => text.Message(message));

    public static string Of(EnumDescriptor enumeration) => Write(enumeration, text => text.Enum(enumeration));

    public static string Of(FieldDescriptor extension) => Write(extension, text => text.Extension(extension));

    private static string Write(IDescriptor descriptor, Action<DefinitionText> write)
    {
        var text = new DefinitionText();
        text.Line(PeerText.OneLine($"// {descriptor.FullName}, in {descriptor.File.Name}"));
        write(text);
        return PeerText.Printable(text._text.ToString().TrimEnd('\n'));
    }

    private static string Rpc(MethodDescriptor method)
    {
        var options = method.GetOptions();
        var notes = new List<string>();
        if (options?.Deprecated == true)
        {
            notes.Add("option deprecated = true;");
        }

        if (options?.IdempotencyLevel is MethodOptions.Types.IdempotencyLevel.NoSideEffects or MethodOptions.Types.IdempotencyLevel.Idempotent)
        {
            var level = options.IdempotencyLevel == MethodOptions.Types.IdempotencyLevel.Idempotent ? "IDEMPOTENT" : "NO_SIDE_EFFECTS";
            notes.Add($"option idempotency_level = {level};");
        }

        var end = notes.Count == 0 ? ";" : $" {{ {string.Join(' ', notes)} }}";
        return $"rpc {method.Name}({Stream(method.IsClientStreaming)}{method.InputType.FullName}) "
            + $"returns ({Stream(method.IsServerStreaming)}{method.OutputType.FullName}){end}";

        static string Stream(bool streams) => streams ? "stream " : "";
    }

    private static string TypeName(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message or FieldType.Group => field.MessageType.FullName,
        FieldType.Enum => field.EnumType.FullName,
        var scalar => scalar.ToString().ToLowerInvariant(),
    };

    private static string Label(FieldDescriptor field, FieldDescriptorProto proto)
    {
        if (field.IsMap)
        {
            return "";
        }

        var isExplicit = proto.Proto3Optional || (field.File.Syntax == Syntax.Proto2 && field.ContainingOneof is null);
        return proto.Label switch
        {
            FieldDescriptorProto.Types.Label.Repeated => "repeated ",
            FieldDescriptorProto.Types.Label.Required => "required ",
            _ => isExplicit ? "optional " : "",
        };
    }

    private static string Options(FieldDescriptor field, FieldDescriptorProto proto)
    {
        var options = new List<string>();
        if (proto.HasDefaultValue)
        {
            options.Add($"default = {(field.FieldType is FieldType.String or FieldType.Bytes ? Quote(proto.DefaultValue) : proto.DefaultValue)}");
        }

        if (proto.HasJsonName && !field.IsExtension && proto.JsonName != DefaultJsonName(field.Name))
        {
            options.Add($"json_name = {Quote(proto.JsonName)}");
        }

        if (proto.Options?.HasPacked == true)
        {
            options.Add($"packed = {(proto.Options.Packed ? "true" : "false")}");
        }

        if (proto.Options?.Deprecated == true)
        {
            options.Add("deprecated = true");
        }

        return options.Count == 0 ? "" : $" [{string.Join(", ", options)}]";
    }

    private static string DefaultJsonName(string name)
    {
        var result = new StringBuilder(name.Length);
        var upper = false;
        foreach (var c in name)
        {
            if (c != '_')
            {
                result.Append(upper ? char.ToUpperInvariant(c) : c);
            }

            upper = c == '_';
        }

        return result.ToString();
    }

    private static string Quote(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private void Message(MessageDescriptor message)
    {
        Open($"message {message.Name}");
        MessageBody(message);
        Close();
    }

    private void MessageBody(MessageDescriptor message)
    {
        var proto = message.ToProto();
        var groups = new HashSet<MessageDescriptor>();
        var oneofs = new HashSet<OneofDescriptor>();
        foreach (var field in message.Fields.InDeclarationOrder())
        {
            if (field.RealContainingOneof is not { } oneof)
            {
                Field(field, groups);
            }
            else if (oneofs.Add(oneof))
            {
                Open($"oneof {oneof.Name}");
                foreach (var member in oneof.Fields)
                {
                    Field(member, groups);
                }

                Close();
            }
        }

        foreach (var range in proto.ExtensionRange)
        {
            Line($"extensions {Range(range.Start, range.End - 1, FieldLimit)};");
        }

        if (proto.ReservedRange.Count > 0)
        {
            Line($"reserved {string.Join(", ", proto.ReservedRange.Select(static range => Range(range.Start, range.End - 1, FieldLimit)))};");
        }

        if (proto.ReservedName.Count > 0)
        {
            Line($"reserved {string.Join(", ", proto.ReservedName.Select(Quote))};");
        }

        foreach (var enumeration in message.EnumTypes)
        {
            Enum(enumeration);
        }

        foreach (var nested in message.NestedTypes.Where(nested => !groups.Contains(nested) && nested.GetOptions()?.MapEntry != true))
        {
            Message(nested);
        }

        foreach (var extension in message.Extensions.UnorderedExtensions)
        {
            Extension(extension);
        }
    }

    private void Field(FieldDescriptor field, HashSet<MessageDescriptor> groups)
    {
        var proto = field.ToProto();
        var label = Label(field, proto);
        var number = field.FieldNumber.ToString(CultureInfo.InvariantCulture);
        if (proto.Type == FieldDescriptorProto.Types.Type.Group)
        {
            _ = groups.Add(field.MessageType);
            Open($"{label}group {field.MessageType.Name} = {number}{Options(field, proto)}");
            MessageBody(field.MessageType);
            Close();
            return;
        }

        var type = field.IsMap
            ? $"map<{TypeName(field.MessageType.FindFieldByNumber(1))}, {TypeName(field.MessageType.FindFieldByNumber(2))}>"
            : TypeName(field);
        Line($"{label}{type} {field.Name} = {number}{Options(field, proto)};");
    }

    private void Extension(FieldDescriptor extension)
    {
        Open($"extend {extension.ExtendeeType.FullName}");
        Field(extension, []);
        Close();
    }

    private void Enum(EnumDescriptor enumeration)
    {
        var proto = enumeration.ToProto();
        Open($"enum {enumeration.Name}");
        if (proto.Options?.AllowAlias == true)
        {
            Line("option allow_alias = true;");
        }

        foreach (var value in proto.Value)
        {
            Line($"{value.Name} = {value.Number.ToString(CultureInfo.InvariantCulture)}{(value.Options?.Deprecated == true ? " [deprecated = true]" : "")};");
        }

        if (proto.ReservedRange.Count > 0)
        {
            Line($"reserved {string.Join(", ", proto.ReservedRange.Select(static range => Range(range.Start, range.End, int.MaxValue)))};");
        }

        if (proto.ReservedName.Count > 0)
        {
            Line($"reserved {string.Join(", ", proto.ReservedName.Select(Quote))};");
        }

        Close();
    }

    /// <summary>Both ends belong to it.</summary>
    private static string Range(int start, int end, int limit) => start == end
        ? start.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{start} to {(end >= limit ? "max" : end)}");

    private void Open(string head)
    {
        Line(head + " {");
        _depth++;
    }

    private void Close()
    {
        _depth--;
        Line("}");
    }

    private void Line(string text) => _text.Append(' ', _depth * 2).Append(text).Append('\n');
}
