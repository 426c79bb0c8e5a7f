using System.Text;
using Grpc.Core;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>Methods whose messages are plain text, one of each kind.</summary>
internal static class TextMethods
{
    public const string Service = "test.Text";

    private static readonly Marshaller<string> s_text = new(
        static (text, context) =>
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            context.SetPayloadLength(bytes.Length);
            var writer = context.GetBufferWriter();
            bytes.CopyTo(writer.GetSpan(bytes.Length));
            writer.Advance(bytes.Length);
            context.Complete();
        },
        static context => Encoding.UTF8.GetString(context.PayloadAsReadOnlySequence()));

    public static readonly Method<string, string> Unary = new(MethodType.Unary, Service, "Unary", s_text, s_text);
    public static readonly Method<string, string> ServerStream = new(MethodType.ServerStreaming, Service, "ServerStream", s_text, s_text);
    public static readonly Method<string, string> ClientStream = new(MethodType.ClientStreaming, Service, "ClientStream", s_text, s_text);
    public static readonly Method<string, string> Duplex = new(MethodType.DuplexStreaming, Service, "Duplex", s_text, s_text);
}
