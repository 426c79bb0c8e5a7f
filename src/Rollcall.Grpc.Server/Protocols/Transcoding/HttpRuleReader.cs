using Google.Api;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Finds the google.api.http option of a method.</summary>
internal static class HttpRuleReader
{
    // google/api/annotations.proto
    private const int HttpOption = 72295728;

    /// <summary>The rule, or null when the method has none.</summary>
    /// <remarks>
    /// Read from the bytes: the option also has to be found by an application whose generated code came from its own copy of
    /// annotations.proto, where the extension is another object.
    /// </remarks>
    public static HttpRule? Find(MethodDescriptor method)
    {
        if (method.GetOptions() is not { } options)
        {
            return null;
        }

        HttpRule? rule = null;
        var input = new CodedInputStream(options.ToByteArray());
        while (input.ReadTag() is var tag && tag != 0)
        {
            if (tag == WireFormat.MakeTag(HttpOption, WireFormat.WireType.LengthDelimited))
            {
                rule ??= new HttpRule();
                input.ReadMessage(rule);
            }
            else
            {
                input.SkipLastField();
            }
        }

        return rule;
    }
}
