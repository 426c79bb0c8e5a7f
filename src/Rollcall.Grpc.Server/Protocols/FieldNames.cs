using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Fields by names that descriptors don't index.</summary>
internal static class FieldNames
{
    /// <summary>The field that has this name in JSON, which may be another one's name in the .proto file; null if there is none.</summary>
    public static FieldDescriptor? FindByJsonName(MessageDescriptor message, string name) =>
        message.Fields.InDeclarationOrder().FirstOrDefault(field => field.JsonName == name);
}
