using System.Collections;
using System.Collections.Concurrent;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>
/// How deep messages are nested, those within an Any included. protobuf counts while it reads a message and begins anew in an Any, but its formatter takes the
/// stack for all of them: who may send bytes could end the process. Thread-safe.
/// </summary>
/// <param name="types">What an Any may hold; it ends at others.</param>
internal sealed class NestingDepth(TypeRegistry types)
{
    /// <summary>How deep a message may be nested, as in JSON that is read. What is in an Any counts with it, unless it is an Any, too.</summary>
    public const int Max = JsonSyntax.MaxDepth;

    private readonly ConcurrentDictionary<MessageDescriptor, bool> _holdsAny = new();

    /// <summary>Whether a message, or one field of it, has an Any in it and is nested too deep. Without an Any protobuf has counted.</summary>
    /// <exception cref="InvalidProtocolBufferException">An Any holds bytes that are no message of its type.</exception>
    public bool IsExceeded(IMessage message, FieldDescriptor? field) =>
        field is null ? HoldsAny(message.Descriptor) && IsExceeded(message, depth: 0) : IsExceeded(message, field, depth: 0);

    private bool IsExceeded(IMessage message, int depth)
    {
        if (depth > Max)
        {
            return true;
        }

        if (message is Any any)
        {
            return types.Find(Any.GetTypeName(any.TypeUrl)) is { } type
                && HoldsAny(type)
                && IsExceeded(type.Parser.ParseFrom(any.Value), type == Any.Descriptor ? depth + 1 : depth);
        }

        foreach (var field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            if (IsExceeded(message, field, depth))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsExceeded(IMessage message, FieldDescriptor field, int depth)
    {
        if (!IsMessage(field) || !HoldsAny(field.MessageType))
        {
            return false;
        }

        return field.Accessor.GetValue(message) switch
        {
            IMessage one => IsExceeded(one, depth + 1),
            IDictionary map => IsAnyExceeded(map.Values, depth + 1),
            IEnumerable list => IsAnyExceeded(list, depth + 1),
            _ => false,
        };
    }

    private bool IsAnyExceeded(IEnumerable messages, int depth)
    {
        foreach (var message in messages)
        {
            if (IsExceeded((IMessage)message, depth))
            {
                return true;
            }
        }

        return false;
    }

    private bool HoldsAny(MessageDescriptor type) => _holdsAny.GetOrAdd(type, static type => FindAny(type));

    // Whether a message of the type can have an Any in it, at any depth. Most have none, and cost no more than to look that up.
    private static bool FindAny(MessageDescriptor type)
    {
        var seen = new HashSet<MessageDescriptor> { type };
        var left = new Stack<MessageDescriptor>(seen);
        while (left.TryPop(out var next))
        {
            if (next == Any.Descriptor)
            {
                return true;
            }

            foreach (var field in next.Fields.InDeclarationOrder())
            {
                if (IsMessage(field) && seen.Add(field.MessageType))
                {
                    left.Push(field.MessageType);
                }
            }
        }

        return false;
    }

    private static bool IsMessage(FieldDescriptor field) => field.FieldType is FieldType.Message or FieldType.Group;
}
