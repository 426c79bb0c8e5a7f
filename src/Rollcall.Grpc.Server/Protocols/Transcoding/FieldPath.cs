using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>A field of a request, or of a message inside it, that one text value is bound to. Immutable.</summary>
internal sealed class FieldPath
{
    // As deep as protobuf reads messages.
    private const int MaxNames = 100;

    private readonly FieldDescriptor[] _fields;

    private FieldPath(string name, FieldDescriptor[] fields)
    {
        Name = name;
        _fields = fields;
    }

    /// <summary>As it was written.</summary>
    public string Name { get; }

    /// <summary>The field at the top of the message.</summary>
    public FieldDescriptor Root => _fields[0];

    /// <summary>The field that takes the value.</summary>
    public FieldDescriptor Leaf => _fields[^1];

    /// <summary>
    /// Follows the names, of the .proto file or of JSON. False when there is no such field; then <paramref name="fault"/> is null if a name is
    /// unknown, and says why if the path runs into a field that has no fields or is too long.
    /// </summary>
    /// <param name="message">Where the path begins.</param>
    /// <param name="name">The names, with dots between.</param>
    /// <param name="jsonFirst">Which of two fields a name means that is one's in JSON and the other's in the .proto file: true, the one's.</param>
    /// <param name="path">The path.</param>
    /// <param name="fault">See above.</param>
    public static bool TryResolve(MessageDescriptor message, string name, bool jsonFirst, [NotNullWhen(true)] out FieldPath? path, out string? fault)
    {
        path = null;
        fault = null;
        var names = name.Split('.');
        var fields = new FieldDescriptor[Math.Min(names.Length, MaxNames)];
        for (var i = 0; i < names.Length; i++)
        {
            if (i == MaxNames)
            {
                fault = $"it has more than {MaxNames} names";
                return false;
            }

            if (i > 0)
            {
                if (fields[i - 1] is not { FieldType: FieldType.Message, IsRepeated: false } parent)
                {
                    fault = $"'{fields[i - 1].Name}' is not a single message and has no field '{names[i]}'";
                    return false;
                }

                message = parent.MessageType;
            }

            if (Find(message, names[i], jsonFirst) is not { } field)
            {
                return false;
            }

            fields[i] = field;
        }

        // A wrapper is its value: the accessor of the wrapper's own field takes it, and there is no message to set a field of.
        path = new FieldPath(name, fields is [.., var last, _] && FieldText.IsWrapper(last) ? fields[..^1] : fields);
        return true;
    }

    /// <summary>True when both end at the same field, by whatever name.</summary>
    public bool IsSame(FieldPath other) => _fields.AsSpan().SequenceEqual(other._fields);

    /// <summary>Sets the field, or appends to it if it is repeated. False with the reason when the text is no value of it.</summary>
    public bool TrySet(IMessage message, string text, [NotNullWhen(false)] out string? fault)
    {
        if (!FieldText.TryParse(Leaf, text, out var value, out fault))
        {
            return false;
        }

        foreach (var field in _fields.AsSpan(0, _fields.Length - 1))
        {
            if (!TryClaim(message, field, out fault))
            {
                return false;
            }

            var inner = (IMessage?)field.Accessor.GetValue(message);
            if (inner is null)
            {
                inner = Messages.Create(field.MessageType);
                field.Accessor.SetValue(message, inner);
            }

            message = inner;
        }

        if (!TryClaim(message, Leaf, out fault))
        {
            return false;
        }

        if (Leaf.IsRepeated)
        {
            ((System.Collections.IList)Leaf.Accessor.GetValue(message)).Add(value);
        }
        else
        {
            Leaf.Accessor.SetValue(message, value);
        }

        return true;
    }

    private static FieldDescriptor? Find(MessageDescriptor message, string name, bool jsonFirst)
    {
        var declared = message.FindFieldByName(name);

        // Most names are the same in both; the way by JSON looks at every field.
        return declared is not null && (!jsonFirst || declared.JsonName == name) ? declared : FieldNames.FindByJsonName(message, name) ?? declared;
    }

    // Of two members of a oneof the later one would silently remove the other.
    private static bool TryClaim(IMessage message, FieldDescriptor field, [NotNullWhen(false)] out string? fault)
    {
        fault = field.RealContainingOneof?.Accessor.GetCaseFieldDescriptor(message) is { } other && other != field
            ? $"'{other.Name}' of the same oneof '{field.RealContainingOneof.Name}' is set, too"
            : null;
        return fault is null;
    }
}
