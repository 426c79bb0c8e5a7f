using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Makes messages of types that are known at run time only.</summary>
internal static class Messages
{
    public static IMessage Create(MessageDescriptor type) => type.Parser.ParseFrom(ByteString.Empty);
}
